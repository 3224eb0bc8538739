#include "fake_tenant/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace smtpaudit::fake {

std::uint16_t Listeners::listen(std::uint16_t port, Serve serve) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, size) != 0 || ::listen(listener, 128) != 0 ||
        ::getsockname(listener, generic, &size) != 0) {
        ::close(listener);
        throw std::runtime_error("fake tenant: cannot listen on port " + std::to_string(port));
    }
    const std::lock_guard lock(mutex_);
    listeners_.push_back(listener);
    acceptors_.emplace_back(
        [this, listener, serve = std::move(serve)] { accept_all(listener, serve); });
    return ntohs(address.sin_port);
}

bool Listeners::await_room() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return stopping_ || serving_ < max_connections_; });
    return !stopping_;
}

void Listeners::accept_all(int listener, const Serve& serve) {
    while (await_room()) {
        join_done();
        const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(mutex_);
        if (socket < 0) {
            if (stopping_) break;
            continue;
        }
        if (stopping_) {
            ::close(socket);
            break;
        }
        const int yes = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        const timeval idle{60, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
        sockets_.insert(socket);
        ++serving_;
        const unsigned number = ++accepted_;
        threads_.emplace(number,
                         [this, number, socket, serve] { serve_one(number, socket, serve); });
    }
}

void Listeners::join_done() {
    std::vector<std::thread> finished;
    {
        const std::lock_guard lock(mutex_);
        for (const unsigned number : done_) finished.push_back(std::move(threads_.at(number)));
        for (const unsigned number : done_) threads_.erase(number);
        done_.clear();
    }
    for (std::thread& thread : finished) thread.join();
}

void Listeners::serve_one(unsigned number, int socket, const Serve& serve) {
    // A client that went away must be an error of a write, not the end of the process. Only this
    // thread's mask changes: the process belongs to the test.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    serve(socket);
    const std::lock_guard lock(mutex_);
    --serving_;
    done_.push_back(number);
    ended_.notify_all();
}

void Listeners::give_up(int socket) {
    const std::lock_guard lock(mutex_);
    sockets_.erase(socket);
}

void Listeners::stop() {
    std::vector<std::thread> acceptors;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
        for (const int listener : listeners_) ::shutdown(listener, SHUT_RDWR);
        acceptors.swap(acceptors_);
        ended_.notify_all();
    }
    for (std::thread& acceptor : acceptors) acceptor.join();
    {
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [this] { return serving_ == 0; });
    }
    join_done();
    for (const int listener : listeners_) ::close(listener);
    listeners_.clear();
}

}  // namespace smtpaudit::fake
