// Listening sockets on 127.0.0.1 and a bounded number of threads that serve what they accept.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace smtpaudit::fake {

class Listeners {
public:
    // Serves one connected socket to its end and closes it.
    using Serve = std::function<void(int socket)>;

    explicit Listeners(unsigned max_connections) : max_connections_(max_connections) {}
    ~Listeners() { stop(); }
    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;

    // Port 0: any free one. Returns the port. Throws std::runtime_error.
    std::uint16_t listen(std::uint16_t port, Serve serve);
    // Wakes and joins every thread.
    void stop();
    // A socket must be given up before it is closed, so that stop() never touches its number again.
    void give_up(int socket);

private:
    void accept_all(int listener, const Serve& serve);
    bool await_room();
    void serve_one(unsigned number, int socket, const Serve& serve);
    void join_done();

    unsigned max_connections_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool stopping_ = false;
    unsigned serving_ = 0;
    std::set<int> sockets_;
    std::vector<int> listeners_;
    std::vector<std::thread> acceptors_;
    std::map<unsigned, std::thread> threads_;  // one for each connection, by its number
    std::vector<unsigned> done_;  // threads that have nothing left to do but to be joined
    unsigned accepted_ = 0;
};

}  // namespace smtpaudit::fake
