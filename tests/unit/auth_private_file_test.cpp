#include "auth/private_file.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

TEST_CASE("a file of this user alone is read whole") {
    TemporaryFolder folder;
    const std::string content("line\r\n\0binary", 13);
    for (const mode_t mode : {0600U, 0400U, 0700U}) {
        const auto read = read_private_file(folder.write("key", content, mode), 13);
        REQUIRE(read);
        CHECK(read->reveal() == content);
        ::chmod((folder.path() + "/key").c_str(), 0600);
    }
}

TEST_CASE("a file that others can use is refused and its mode is said") {
    TemporaryFolder folder;
    for (const mode_t mode : {0640U, 0604U, 0660U, 0644U, 0610U, 0602U}) {
        const std::string path = folder.write("key", k_sentinel, mode);
        const auto read = read_private_file(path, 100);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == Errc::input);
        CHECK(read.error().message.starts_with(path +
                                               ": others than you can use this file (mode 06"));
        CHECK(read.error().message.find(k_sentinel) == std::string::npos);
    }
}

TEST_CASE("the rights of a link's target count") {
    TemporaryFolder folder;
    const std::string target = folder.write("key", "secret", 0644);
    const std::string link = target + ".link";
    REQUIRE(::symlink(target.c_str(), link.c_str()) == 0);
    CHECK_FALSE(read_private_file(link, 100));
    ::chmod(target.c_str(), 0600);
    CHECK(read_private_file(link, 100));
    ::unlink(link.c_str());
}

TEST_CASE("an absent or empty or overlong private file and a folder are refused") {
    TemporaryFolder folder;
    CHECK(read_private_file(folder.path() + "/none", 100).error().message ==
          folder.path() + "/none: cannot be opened: No such file or directory");
    CHECK(read_private_file(folder.write("empty", ""), 100).error().message ==
          folder.path() + "/empty: is empty");
    CHECK(read_private_file(folder.write("long", "12345"), 4).error().message ==
          folder.path() + "/long: is larger than 4 bytes");
    CHECK(read_private_file(folder.path(), 100).error().message ==
          folder.path() + ": is not a file");
}
