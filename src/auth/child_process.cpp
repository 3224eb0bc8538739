#include "auth/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace smtpaudit {
namespace {

// How soon a stop is noticed.
constexpr int k_tick_ms = 50;

class Pipe {
public:
    Pipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    bool open() const { return ends_[0] >= 0; }
    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }
    void close_read() { close_end(0); }
    void close_write() { close_end(1); }

private:
    void close_end(std::size_t end) {
        if (ends_[end] >= 0) ::close(ends_[end]);
        ends_[end] = -1;
    }
    std::array<int, 2> ends_{};
};

// What posix_spawn is told: the three streams, and a process group that can be killed as a whole.
class SpawnPlan {
public:
    SpawnPlan(const Pipe& out, const Pipe& err) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, out.write_end(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, err.write_end(), STDERR_FILENO);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t usual;
        ::sigemptyset(&none);
        ::sigemptyset(&usual);
        for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::sigaddset(&usual, signal);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &usual);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    // 0 or an errno.
    int start(const std::vector<std::string>& argv, pid_t& child) const {
        std::vector<char*> arguments;
        arguments.reserve(argv.size() + 1);
        for (const std::string& argument : argv)
            arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        return ::posix_spawnp(&child, arguments[0], &actions_, &attributes_, arguments.data(),
                              environ);
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

// Whatever happens, the child is gone when this is.
class Child {
public:
    explicit Child(pid_t id) : id_(id) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (id_ <= 0) return;
        ::kill(-id_, SIGKILL);
        while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    // Its exit code, once it has ended.
    std::optional<int> ended() {
        int status = 0;
        if (::waitpid(id_, &status, WNOHANG) != id_) return std::nullopt;
        id_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t id_;
};

enum class Taken { more, end, too_much };

// `text` has room for all it may hold, so it never grows and leaves no copy behind.
Taken take(int descriptor, std::string& text) {
    std::array<char, 16384> block{};
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN ? Taken::more : Taken::end;
    if (got == 0) return Taken::end;
    const auto size = static_cast<std::size_t>(got);
    const bool fits = text.size() + size <= text.capacity();
    if (fits) text.append(block.data(), size);
    explicit_bzero(block.data(), block.size());
    return fits ? Taken::more : Taken::too_much;
}

struct Streams {
    Pipe out, err;
    std::string out_text, err_text;

    explicit Streams(std::size_t room) {
        out_text.reserve(room);
        err_text.reserve(room);
    }
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;
    ~Streams() { wipe(out_text); }

    // Takes what is there, after waiting at most so long. False: more than there is room for.
    bool pump(int wait_ms) {
        std::array<pollfd, 2> waits = {{{out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), wait_ms) <= 0) return true;
        return (waits[0].revents == 0 || take_from(out, out_text)) &&
               (waits[1].revents == 0 || take_from(err, err_text));
    }

    // The same until nothing is left; a process that the child left behind may hold the pipe open.
    bool drain() {
        for (std::size_t before = 0;;) {
            if (!pump(0)) return false;
            const std::size_t now = out_text.size() + err_text.size();
            if (now == before) return true;
            before = now;
        }
    }

private:
    static bool take_from(Pipe& pipe, std::string& text) {
        const Taken taken = take(pipe.read_end(), text);
        if (taken == Taken::end) pipe.close_read();
        return taken != Taken::too_much;
    }
};

}  // namespace

Result<ChildResult> run_child(const std::vector<std::string>& argv, const ChildLimits& limits,
                              const Clock& clock, const std::stop_token& stop) {
    Streams streams(limits.output);
    if (!streams.out.open() || !streams.err.open())
        return fail(Errc::local, fmt::format("{}: no pipe to it can be made", argv[0]));
    pid_t id = -1;
    const int error = SpawnPlan(streams.out, streams.err).start(argv, id);
    if (error != 0) {
        const char* reason = strerrordesc_np(error);
        return fail(Errc::usage, fmt::format("{}: cannot be run: {}", argv[0],
                                             reason != nullptr ? reason : "unknown error"));
    }
    Child child(id);
    streams.out.close_write();
    streams.err.close_write();
    const auto deadline = clock.steady_now() + limits.time;
    const auto too_much = [&] {
        return fail(Errc::service,
                    fmt::format("{} wrote more than {} bytes", argv[0], limits.output));
    };
    for (;;) {
        if (stop.stop_requested())
            return fail(Errc::interrupted, fmt::format("interrupted while {} ran", argv[0]));
        if (clock.steady_now() >= deadline)
            return fail(Errc::service, fmt::format("{} did not end within {} seconds", argv[0],
                                                   limits.time.count()));
        if (!streams.pump(k_tick_ms)) return too_much();
        const auto exit_code = child.ended();
        if (!exit_code) continue;
        if (!streams.drain()) return too_much();
        return ChildResult{*exit_code, Secret(std::move(streams.out_text)),
                           std::move(streams.err_text)};
    }
}

}  // namespace smtpaudit
