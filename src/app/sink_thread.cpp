#include "app/sink_thread.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

constexpr std::size_t k_batch = 512;
constexpr std::size_t k_batch_text = std::size_t{128} * 1024;
constexpr std::size_t k_most_waiting = 4;

// All texts of an observation: they live no longer than the call that brings it.
std::array<std::string_view*, 7> texts_of(Observation& o) {
    return {&o.account, &o.user_id, &o.tls_cipher, &o.user_agent, &o.app, &o.country, &o.record_id};
}
static_assert(sizeof(void*) != 8 || sizeof(Observation) == 224,
              "a field was added: if it is a text, name it above");

class Batch {
public:
    // False: there is no room for it.
    bool add(const Observation& given) {
        Observation kept = given;
        std::size_t size = 0;
        for (const std::string_view* text : texts_of(kept)) size += text->size();
        if (kept_.size() == k_batch || size > k_batch_text - used_) return false;
        for (std::string_view* text : texts_of(kept)) {
            char* const at = text_.get() + used_;
            std::copy(text->begin(), text->end(), at);
            *text = {at, text->size()};
            used_ += text->size();
        }
        kept_.push_back(kept);
        return true;
    }
    bool is_empty() const { return kept_.empty(); }
    void hand_to(EvidenceSink& target) {
        for (const Observation& one : kept_) target.observe(one);
        kept_.clear();
        used_ = 0;
    }

private:
    std::vector<Observation> kept_;
    std::unique_ptr<char[]> text_ = std::make_unique<char[]>(k_batch_text);
    std::size_t used_ = 0;
};

}  // namespace

struct SinkThread::State {
    explicit State(EvidenceSink& sink) : target(sink) {}

    EvidenceSink& target;
    const bool has_processors = std::thread::hardware_concurrency() > 1;
    std::unique_ptr<Batch> filling = std::make_unique<Batch>();

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::unique_ptr<Batch>> waiting, free;
    bool is_busy = false;  // the thread hands a batch on
    bool is_ended = false;
    std::exception_ptr failure;
    std::thread thread;

    void run();
    void pass_on();
    void settle();
    void stop();
};

void SinkThread::State::run() {
    std::unique_lock lock(mutex);
    for (;;) {
        changed.wait(lock, [this] { return !waiting.empty() || is_ended; });
        if (is_ended) return;
        std::unique_ptr<Batch> batch = std::move(waiting.front());
        waiting.pop_front();
        is_busy = true;
        lock.unlock();
        std::exception_ptr problem;
        try {
            batch->hand_to(target);
        } catch (...) {
            problem = std::current_exception();
        }
        lock.lock();
        is_busy = false;
        free.push_back(std::move(batch));
        if (problem) failure = problem;
        changed.notify_all();
        if (problem) return;
    }
}

// The batch that is full goes to the thread.
void SinkThread::State::pass_on() {
    if (!thread.joinable()) thread = std::thread([this] { run(); });
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting.size() < k_most_waiting || failure; });
    if (failure) std::rethrow_exception(failure);
    waiting.push_back(std::move(filling));
    if (free.empty()) {
        filling = std::make_unique<Batch>();
    } else {
        filling = std::move(free.back());
        free.pop_back();
    }
    changed.notify_all();
}

// From here on the target is the caller's, until the next batch is passed on.
void SinkThread::State::settle() {
    if (thread.joinable()) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return (waiting.empty() && !is_busy) || failure; });
        if (failure) std::rethrow_exception(failure);
    }
    filling->hand_to(target);
}

void SinkThread::State::stop() {
    {
        const std::lock_guard lock(mutex);
        is_ended = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
}

SinkThread::SinkThread(EvidenceSink& target) : state_(std::make_unique<State>(target)) {}
SinkThread::~SinkThread() { state_->stop(); }

void SinkThread::observe(const Observation& observation) {
    State& state = *state_;
    if (!state.has_processors) return state.target.observe(observation);
    if (state.filling->add(observation)) return;
    if (!state.filling->is_empty()) {
        state.pass_on();
        if (state.filling->add(observation)) return;
    }
    state.settle();  // its texts are larger than a batch
    state.target.observe(observation);
}

void SinkThread::account(const AccountFacts& facts) {
    state_->settle();
    state_->target.account(facts);
}
void SinkThread::tenant(const TenantFacts& facts) {
    state_->settle();
    state_->target.tenant(facts);
}
void SinkThread::traced(const TracedMessage& message) {
    state_->settle();
    state_->target.traced(message);
}
void SinkThread::machine(const MachineName& machine) {
    state_->settle();
    state_->target.machine(machine);
}

void SinkThread::finish() { state_->settle(); }

}  // namespace smtpaudit
