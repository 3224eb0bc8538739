#include "base/files.hpp"

#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace smtpaudit;

namespace {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = std::filesystem::temp_directory_path() / "smtpaudit-XXXXXX";
        path_ = mkdtemp(name.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    std::size_t count() const {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            files += entry.exists();
        return files;
    }

private:
    std::string path_;
};

std::string contents(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a file appears whole and only for its owner") {
    const TemporaryFolder folder;
    const std::string path = folder / "run.json";
    std::ofstream(path) << "old";
    SystemFiles files;
    {
        auto file = files.create(path);
        REQUIRE(file);
        REQUIRE((*file)->write(std::string(200'000, 'x')));
        REQUIRE((*file)->flush());
        CHECK(contents(path) == "old");
        REQUIRE((*file)->commit());
    }
    CHECK(contents(path) == std::string(200'000, 'x'));
    CHECK(folder.count() == 1);
    struct stat info {};
    stat(path.c_str(), &info);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a file that is not committed leaves the old one and no trace") {
    const TemporaryFolder folder;
    const std::string path = folder / "run.json";
    std::ofstream(path) << "old";
    SystemFiles files;
    {
        auto file = files.create(path);
        REQUIRE(file);
        REQUIRE((*file)->write("new"));
    }
    CHECK(contents(path) == "old");
    CHECK(folder.count() == 1);
}

TEST_CASE("a full device and a missing folder are local errors that name the file") {
    SystemFiles files;
    auto full = files.create("/dev/full");
    REQUIRE(full);
    REQUIRE((*full)->write("x"));
    const auto flushed = (*full)->flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().code == Errc::local);
    CHECK(flushed.error().message == "/dev/full: cannot be written: No space left on device");
    const TemporaryFolder folder;
    const auto missing = files.create(folder / "no/run.json");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::local);
}

TEST_CASE("a folder lists its regular files in the order of their bytes") {
    const TemporaryFolder folder;
    for (const char* name : {"b.csv", "a.csv", ".hidden", "C.csv"}) std::ofstream(folder / name);
    std::filesystem::create_directory(folder / "inner");
    SystemFiles files;
    const auto listed = files.list(folder / "");
    REQUIRE(listed);
    CHECK(*listed ==
          std::vector<std::string>{folder / "C.csv", folder / "a.csv", folder / "b.csv"});
}

TEST_CASE("reading a pipe ends when the program shall stop") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const int stop = eventfd(1, EFD_CLOEXEC);
    const auto source = descriptor_source(ends[0], "standard input", stop);
    char room[8];
    const auto got = source->read(room);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::interrupted);
    close(ends[0]);
    close(ends[1]);
    close(stop);
}

TEST_CASE("writing to a pipe that nobody empties ends when the program shall stop") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const int stop = eventfd(0, EFD_CLOEXEC);
    const auto sink = descriptor_sink(ends[1], "standard output", stop);
    REQUIRE(sink->write("x"));
    REQUIRE(sink->flush());
    REQUIRE(eventfd_write(stop, 1) == 0);
    const auto written = sink->write(std::string(1 << 20, 'x'));  // more than a pipe holds
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::interrupted);
    close(ends[0]);
    close(ends[1]);
    close(stop);
}

TEST_CASE("a FIFO that nobody reads does not hold up a stop") {
    const TemporaryFolder folder;
    const std::string path = folder / "fifo";
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    const int stop = eventfd(1, EFD_CLOEXEC);
    SystemFiles files(stop);
    const auto refused = files.create(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::interrupted);
    close(stop);
    const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const int calm = eventfd(0, EFD_CLOEXEC);
    SystemFiles patient(calm);
    auto file = patient.create(path);
    REQUIRE(file);
    REQUIRE((*file)->write("x"));
    REQUIRE((*file)->commit());
    char got = 0;
    CHECK(read(reader, &got, 1) == 1);
    close(reader);
    close(calm);
}

TEST_CASE("a link at the target's place is replaced and what it leads to is left alone") {
    const TemporaryFolder folder;
    std::ofstream(folder / "victim") << "old";
    std::filesystem::create_symlink(folder / "victim", folder / "run.json");
    std::filesystem::create_symlink(folder / "made-by-us", folder / "dangling");
    SystemFiles files;
    for (const char* name : {"run.json", "dangling"}) {
        auto file = files.create(folder / name);
        REQUIRE(file);
        REQUIRE((*file)->write("new"));
        REQUIRE((*file)->commit());
        CHECK(contents(folder / name) == "new");
        CHECK_FALSE(std::filesystem::is_symlink(folder / name));
    }
    CHECK(contents(folder / "victim") == "old");
    CHECK_FALSE(std::filesystem::exists(folder / "made-by-us"));
}

TEST_CASE("a folder that is swapped for a link meanwhile leads no file away") {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "mine");
    std::filesystem::create_directory(folder / "theirs");
    SystemFiles files;
    {
        auto kept = files.create(folder / "mine/run.json");
        auto dropped = files.create(folder / "mine/run.csv");
        REQUIRE(kept);
        REQUIRE(dropped);
        REQUIRE((*kept)->write("new"));
        std::filesystem::rename(folder / "mine", folder / "moved");
        std::filesystem::create_symlink(folder / "theirs", folder / "mine");
        REQUIRE((*kept)->commit());
    }
    CHECK(contents(folder / "moved/run.json") == "new");
    CHECK(std::filesystem::is_empty(folder / "theirs"));
    CHECK_FALSE(std::filesystem::exists(folder / "moved/run.csv"));
}

TEST_CASE("a written file has its mode under any umask") {
    const TemporaryFolder folder;
    const mode_t old = umask(0777);
    SystemFiles files;
    auto file = files.create(folder / "run.json");
    umask(old);
    REQUIRE(file);
    REQUIRE((*file)->write("new"));
    REQUIRE((*file)->commit());
    CHECK(std::filesystem::status(folder / "run.json").permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a closed pipe is told apart from a broken output") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    close(ends[0]);
    std::signal(SIGPIPE, SIG_IGN);
    const auto sink = descriptor_sink(ends[1], "standard output");
    REQUIRE(sink->write("x"));
    const auto flushed = sink->flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().code == Errc::closed_pipe);
    close(ends[1]);
}

TEST_CASE("a text over its limit and an absent file are input errors") {
    const TemporaryFolder folder;
    std::ofstream(folder / "a") << "12345";
    const SystemFiles files;
    CHECK(read_text(files, folder / "a", 5).value() == "12345");
    CHECK(read_text(files, folder / "a", 4).error().code == Errc::input);
    CHECK(read_text(files, folder / "absent", 4).error().code == Errc::input);
}
