// The real world, plugged in. Signals become a stop token, so that nothing is left half written.
#include "app/world.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

constexpr int k_no_memory = 6;
constexpr int k_bug = 70;

// Waits for the first SIGINT or SIGTERM and asks the program to stop; a second one kills it.
class SignalWatch {
public:
    SignalWatch() : stopped_(eventfd(0, EFD_CLOEXEC)) {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        std::thread([this] { watch(); }).detach();
    }
    int stop_descriptor() const { return stopped_; }
    std::stop_token token() const { return source_.get_token(); }
    int exit_code() const { return 128 + signal_.load(); }

private:
    void watch() {
        int signal = 0;
        if (sigwait(&signals_, &signal) != 0) return;
        signal_ = signal;
        source_.request_stop();
        const eventfd_t one = 1;
        eventfd_write(stopped_, one);
        // This thread stays to take the second one: the others never see any.
        if (sigwait(&signals_, &signal) != 0) return;
        std::signal(signal, SIG_DFL);
        pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
        raise(signal);
    }

    sigset_t signals_{};
    int stopped_;
    std::atomic<int> signal_{SIGINT};
    std::stop_source source_;
};

std::size_t terminal_columns() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

// A secret is in memory from the start, in the environment. So this process leaves no core file, and
// no other process of the same user can read its memory or trace it (prctl(2), PR_SET_DUMPABLE).
void keep_memory_private() {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

// A standard stream that is closed stays closed: the next file to be opened would take its number, and
// what is said to the stream would stand in that file.
void keep_closed_streams_closed() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0)  // the lowest free number is its own
            (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int run_for_real(int argc, char** argv) {
    keep_closed_streams_closed();
    keep_memory_private();
    // Never destroyed: at the end its thread may still wait for a signal, or be asking to stop.
    static SignalWatch& signals = *new SignalWatch;
    // A closed pipe and a file over the limit of its size are error values.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    smtpaudit::SystemClock clock;
    smtpaudit::SystemFiles files(signals.stop_descriptor());
    smtpaudit::SystemRandom random;
    const auto in =
        smtpaudit::descriptor_source(STDIN_FILENO, "standard input", signals.stop_descriptor());
    const auto out =
        smtpaudit::descriptor_sink(STDOUT_FILENO, "standard output", signals.stop_descriptor());
    const auto err = smtpaudit::descriptor_sink(STDERR_FILENO, "standard error");
    smtpaudit::World world{clock, files, random, *in, *out, *err};
    world.out_is_terminal = isatty(STDOUT_FILENO) == 1;
    world.err_is_terminal = isatty(STDERR_FILENO) == 1;
    world.columns = terminal_columns();
    world.keeps_history = true;
    world.environment = environment;
    world.stop = signals.token();
    world.stop_exit_code = [] { return signals.exit_code(); };
    world.make_http = smtpaudit::real_network;
    world.open_browser = smtpaudit::start_browser;
    return smtpaudit::run({argv + 1, argv + argc}, world);
}

int no_memory() {
    std::fputs("smtpaudit: error: not enough memory; give it more, or fewer files at a time\n",
               stderr);
    return k_no_memory;
}

// what() of an exception may quote data, so it is not printed.
int bug() {
    std::fputs("smtpaudit: error: a bug in smtpaudit; please report it with the command line\n",
               stderr);
    return k_bug;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_for_real(argc, argv);
    } catch (const std::bad_alloc&) {
        return no_memory();
    } catch (const std::system_error& refused) {
        // So std::thread says it.
        if (refused.code() == std::errc::resource_unavailable_try_again) return no_memory();
        return bug();
    } catch (...) {
        return bug();
    }
}
