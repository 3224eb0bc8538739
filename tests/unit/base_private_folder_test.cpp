#include "base/private_folder.hpp"

#include "support/catch.hpp"

#include <sys/stat.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace smtpaudit;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

}  // namespace

TEST_CASE("folders that are made are private under any umask and others stay as they are") {
    std::string root = std::filesystem::temp_directory_path() / "smtpaudit-XXXXXX";
    REQUIRE(mkdtemp(root.data()) != nullptr);
    std::filesystem::create_directory(root + "/open");
    REQUIRE(chmod((root + "/open").c_str(), 0755) == 0);
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
        const std::string inner = root + "/open/" + std::to_string(mask) + "/inner";
        const mode_t old = umask(mask);
        const auto made = make_private_folders(inner);
        umask(old);
        REQUIRE(made);
        CHECK(mode_of(inner) == 0700);
        CHECK(mode_of(root + "/open/" + std::to_string(mask)) == 0700);
        CHECK(make_private_folders(inner));
        CHECK(make_private_folders(inner + "/"));
    }
    CHECK(mode_of(root + "/open") == 0755);

    std::ofstream(root + "/file") << "x";
    const auto refused = make_private_folders(root + "/file/inner");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::local);
    CHECK(refused.error().message == root + "/file: the folder cannot be made: it is no folder");
    std::filesystem::remove_all(root);
}
