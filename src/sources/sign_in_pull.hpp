// The machine behind the pull of sign-ins: windows of time read side by side, their rows handed on
// in one order. Internal to graph_sign_ins.
#pragma once

#include "sources/graph_page.hpp"
#include "sources/live_source.hpp"
#include "sources/sign_in_answer.hpp"
#include "sources/sign_in_checkpoint.hpp"
#include "sources/sign_in_windows.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>

namespace smtpaudit {

// One pull; run() once. Rows go to the sink newest window first, and within a window in the order of
// the service, whatever the timing was.
class SignInPull {
public:
    SignInPull(PullContext& context, EvidenceSink& sink, const LiveSource& source)
        : context_(context), sink_(sink), source_(source) {}
    Coverage run();

private:
    // One window of the plan. A worker fills it, the calling thread empties it.
    struct Slot {
        TimeWindow window;
        std::optional<SavedWindow> saved;  // then no worker takes it
        std::stop_source stop;
        std::deque<SignInAnswer> ready;
        bool done = false;
        std::optional<GraphProblem> problem;
        std::exception_ptr thrown;
    };
    using Outcome = std::optional<GraphProblem>;  // nullopt: the window is whole

    // On the workers.
    void work();
    std::optional<std::size_t> take_slot();
    Outcome pull_slot(Slot& slot);
    Outcome pull_window(Slot& slot, TimeWindow window);
    tl::expected<SignInAnswer, GraphProblem> get(Slot& slot, const std::string& url,
                                                 TimeWindow window, PageOrder order);
    tl::expected<SignInAnswer, GraphProblem> get_first(Slot& slot, std::string& url,
                                                       TimeWindow window);
    bool may_shrink(const GraphProblem& problem, TimeWindow window);
    void hand_over(Slot& slot, SignInAnswer&& answer);
    void finish(std::size_t index, Outcome outcome, std::exception_ptr thrown);

    // On the calling thread.
    void plan(TimeWindow whole);
    bool hand_on(std::size_t index);  // true: the window is whole, go on with the next
    bool hand_on_saved(Slot& slot);
    void save(SignInCheckpoint::Writer& writer, const Slot& slot);
    void push(const SignInAnswer& answer);
    std::optional<double> done() const;
    void stop_all();
    // Lets no worker wait for us, however run() ends.
    struct Ending {
        SignInPull& pull;
        ~Ending() {
            {
                const std::lock_guard lock(pull.mutex_);
                pull.end_ = 0;
            }
            pull.stop_all();
        }
    };
    Coverage result(TimeWindow whole);
    void add_notes(Coverage& coverage, TimeWindow whole) const;

    PullContext& context_;
    EvidenceSink& sink_;
    const LiveSource& source_;
    const UtcTime now_ = context_.clock.now();  // of the whole pull, however long it takes

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Slot> slots_;  // newest window first; a deque, because slots do not move
    std::size_t next_ = 0;  // the first slot that nobody took
    bool asked_ = false;  // the first request is under way, or was
    std::size_t end_ = 0;  // slots from here on are not begun: one before them failed
    std::size_t head_ = 0;  // the slot whose rows go to the sink
    bool settled_ = false;  // one page came: the API is known to answer
    SignInApi api_ = SignInApi::beta;
    std::chrono::seconds span_ = std::chrono::seconds::max();  // of windows not yet begun
    int storms_ = 0;
    std::uint64_t requests_ = 0;
    std::size_t waiting_pages_ = 0;  // in all slots

    SeenIds seen_;
    SignInTally tally_;
    std::uint64_t pages_ = 0, rows_ = 0, outside_ = 0, repeated_ = 0, unreadable_ = 0;
    std::string first_unreadable_;
    std::optional<UtcTime> oldest_row_;
    std::optional<GraphProblem> problem_;
};

}  // namespace smtpaudit
