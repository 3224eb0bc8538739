#include "sources/sign_in_pull.hpp"

#include "base/text.hpp"
#include "net/paging.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>
#include <vector>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

// The newest rows are not all there yet, nor their error codes (facts/graph.md 1.7).
constexpr auto k_not_final = 30min;
// A 403 for the licence has come and gone on licensed tenants (facts/graph.md 1.6).
constexpr int k_licence_tries = 3;
constexpr auto k_licence_pause = 5s;
constexpr int k_restarts = 3;  // of one window, for a lost skip token
constexpr int k_storms = 2;  // 429s that outlive the retries: one window is halved, then it ends
// Pages that windows ahead of their turn may hold together, and the one whose turn it is: with the
// pages in flight, all that is ever in memory (15 MB). A busy day is read page after page, and the
// days behind it fill the pace meanwhile.
constexpr std::size_t k_pages_ahead = 64;
constexpr std::size_t k_pages_of_head = 8;
constexpr std::size_t k_windows_ahead = 16;

}  // namespace

Coverage SignInPull::run() {
    const TimeWindow whole{context_.from, std::max(context_.from, std::min(context_.to, now_))};
    plan(whole);
    {
        const std::stop_callback on_stop(context_.stop, [this] { stop_all(); });
        std::vector<std::jthread> workers;
        const Ending ending{*this};
        const std::size_t count = std::clamp<std::size_t>(context_.in_flight, 1, 16);
        for (std::size_t i = 0; i < std::min(count, slots_.size()); ++i)
            workers.emplace_back([this] { work(); });
        std::size_t index = 0;
        while (index < slots_.size() && hand_on(index)) ++index;
        // After a failure, windows behind it were only begun ahead of time: what they hold would
        // leave a hole in the middle, so it is dropped, whatever the timing was.
    }
    for (const Slot& slot : slots_)
        if (slot.thrown) std::rethrow_exception(slot.thrown);
    return result(whole);
}

void SignInPull::plan(TimeWindow whole) {
    std::vector<SavedWindow> saved;
    if (context_.checkpoint != nullptr)
        saved = context_.checkpoint->saved(std::min(whole.from, now_ - k_sign_in_retention));
    for (WindowPlan& planned : plan_windows(whole, now_, saved)) {
        slots_.emplace_back();
        slots_.back().window = planned.window;
        slots_.back().saved = std::move(planned.saved);
    }
    end_ = slots_.size();
}

void SignInPull::stop_all() {
    for (Slot& slot : slots_) slot.stop.request_stop();
    // Under the lock, or a thread that just looked would sleep on.
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

void SignInPull::work() {
    while (const auto index = take_slot()) {
        Outcome outcome;
        std::exception_ptr thrown;
        try {
            outcome = pull_slot(slots_[*index]);
        } catch (...) {
            thrown = std::current_exception();
        }
        finish(*index, std::move(outcome), thrown);
    }
}

std::optional<std::size_t> SignInPull::take_slot() {
    std::unique_lock lock(mutex_);
    // The first window goes alone: it finds out whether beta answers, and whether we may ask.
    changed_.wait(lock, [this] {
        while (next_ < end_ && slots_[next_].saved) ++next_;
        return next_ >= end_ || !asked_ || (settled_ && next_ < head_ + k_windows_ahead);
    });
    if (next_ >= end_) return std::nullopt;
    asked_ = true;
    return next_++;
}

void SignInPull::finish(std::size_t index, Outcome outcome, std::exception_ptr thrown) {
    const bool failed = outcome.has_value() || thrown != nullptr;
    if (failed)
        for (std::size_t i = index + 1; i < slots_.size(); ++i) slots_[i].stop.request_stop();
    const std::lock_guard lock(mutex_);
    slots_[index].done = true;
    slots_[index].problem = std::move(outcome);
    slots_[index].thrown = thrown;
    if (failed) end_ = std::min(end_, index + 1);
    changed_.notify_all();
}

SignInPull::Outcome SignInPull::pull_slot(Slot& slot) {
    std::vector<TimeWindow> todo;  // the newest is the last
    const auto add = [&todo](TimeWindow window, std::chrono::seconds span) {
        const auto pieces = pieces_of(window, span);
        todo.insert(todo.end(), pieces.rbegin(), pieces.rend());
    };
    {
        const std::lock_guard lock(mutex_);
        add(slot.window, span_);
    }
    int restarts = 0;
    while (!todo.empty()) {
        const TimeWindow window = todo.back();
        todo.pop_back();
        auto outcome = pull_window(slot, window);
        if (!outcome) continue;
        if (outcome->kind == GraphProblemKind::page_token && restarts++ < k_restarts) {
            todo.push_back(window);  // what comes twice is told by its id
        } else if (may_shrink(*outcome, window)) {
            add(window, (window.length() + 1s) / 2);
        } else {
            return outcome;
        }
    }
    return std::nullopt;
}

bool SignInPull::may_shrink(const GraphProblem& problem, TimeWindow window) {
    const std::lock_guard lock(mutex_);
    const bool storm = problem.kind == GraphProblemKind::throttled && ++storms_ < k_storms;
    if (!storm && problem.kind != GraphProblemKind::slow) return false;
    if (window.length() <= k_shortest_window) return false;
    span_ = std::min(span_, std::max<std::chrono::seconds>(k_shortest_window, window.length() / 2));
    return true;
}

SignInPull::Outcome SignInPull::pull_window(Slot& slot, TimeWindow window) {
    std::string url;
    auto answer = get_first(slot, url, window);
    NextLinkGuard guard(url, static_cast<std::size_t>(context_.page_limit));
    while (answer) {
        const auto next_link = answer->next_link;
        hand_over(slot, std::move(*answer));
        // A short or empty page is not the end, only the missing link is (facts/graph.md 1.7).
        if (!next_link) return std::nullopt;
        auto next = guard.next(*next_link);
        if (!next) return GraphProblem{GraphProblemKind::refused_link, next.error().message};
        answer = get(slot, *next, window, PageOrder::later);
    }
    return std::move(answer).error();
}

// The first page of a window; the very first of all finds out the API.
tl::expected<SignInAnswer, GraphProblem> SignInPull::get_first(Slot& slot, std::string& url,
                                                               TimeWindow window) {
    for (int tries = 1;; ++tries) {
        bool settled = false;
        SignInApi api = SignInApi::beta;
        {
            const std::lock_guard lock(mutex_);
            settled = settled_;
            api = api_;
        }
        url = sign_ins_url(context_.graph_url, api, window);
        auto answer = get(slot, url, window, PageOrder::first);
        if (answer) {
            const std::lock_guard lock(mutex_);
            settled_ = true;
            changed_.notify_all();
            return answer;
        }
        const GraphProblemKind kind = answer.error().kind;
        if (kind == GraphProblemKind::no_such_api && !settled && api == SignInApi::beta) {
            const std::lock_guard lock(mutex_);
            api_ = SignInApi::v1;
            tries = 0;
        } else if (kind != GraphProblemKind::licence || tries >= k_licence_tries ||
                   !context_.clock.sleep_for(k_licence_pause, slot.stop.get_token())) {
            return answer;
        }
    }
}

tl::expected<SignInAnswer, GraphProblem> SignInPull::get(Slot& slot, const std::string& url,
                                                         TimeWindow window, PageOrder order) {
    {
        const std::lock_guard lock(mutex_);
        if (requests_ >= context_.page_limit)
            return tl::unexpected(
                GraphProblem{GraphProblemKind::page_limit,
                             fmt::format("stopped after {} pages; ask for a shorter --window",
                                         group_thousands(context_.page_limit))});
        ++requests_;
    }
    // The test whether a body is whole is the reading of it: each page is parsed once.
    std::optional<tl::expected<SignInAnswer, JsonProblem>> read;
    HttpRequest request = graph_get(url);
    request.body_is_whole = [&](std::string_view body) {
        read = read_sign_in_answer(body, window);
        return read->has_value() || !read->error().syntax;
    };
    if (slot.stop.stop_requested())
        return tl::unexpected(GraphProblem{GraphProblemKind::interrupted, "interrupted"});
    const HttpResult answer = context_.http.send(request, slot.stop.get_token());
    if (!answer || answer->status != 200)
        return tl::unexpected(graph_problem(answer, order, source_));
    if (!read) read = read_sign_in_answer(answer->body, window);
    if (!*read) return tl::unexpected(bad_answer(*answer, read->error().what));
    return std::move(**read);
}

void SignInPull::hand_over(Slot& slot, SignInAnswer&& answer) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
        const bool is_head = &slot == &slots_[head_];
        return slot.stop.stop_requested() ||
               (is_head ? slot.ready.size() < k_pages_of_head : waiting_pages_ < k_pages_ahead);
    });
    slot.ready.push_back(std::move(answer));
    ++waiting_pages_;
    changed_.notify_all();
}

bool SignInPull::hand_on(std::size_t index) {
    Slot& slot = slots_[index];
    {
        const std::lock_guard lock(mutex_);
        head_ = index;
        changed_.notify_all();
    }
    seen_.next_window();
    if (slot.saved) return hand_on_saved(slot);
    std::optional<SignInCheckpoint::Writer> writer;
    if (context_.checkpoint != nullptr)
        writer.emplace(context_.checkpoint->begin(slot.window, now_));
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !slot.ready.empty() || slot.done; });
        if (slot.ready.empty()) break;
        const SignInAnswer answer = std::move(slot.ready.front());
        slot.ready.pop_front();
        --waiting_pages_;
        changed_.notify_all();
        lock.unlock();
        push(answer);
        if (writer) writer->add(answer);
    }
    if (slot.problem) problem_ = slot.problem;
    if (writer) save(*writer, slot);
    return !slot.problem && slot.thrown == nullptr;
}

bool SignInPull::hand_on_saved(Slot& slot) {
    const bool is_read = SignInCheckpoint::read(*slot.saved, slot.window,
                                                [this](SignInAnswer&& page) { push(page); });
    if (is_read) return true;
    problem_ = GraphProblem{
        GraphProblemKind::service,
        fmt::format("{} cannot be read any more; remove it and run again", slot.saved->path)};
    return false;
}

// What v1.0 answers lacks the non-interactive rows, so it must not stand for a whole window.
void SignInPull::save(SignInCheckpoint::Writer& writer, const Slot& slot) {
    const std::lock_guard lock(mutex_);
    if (!slot.problem && slot.thrown == nullptr && api_ == SignInApi::beta) writer.commit();
}

void SignInPull::push(const SignInAnswer& answer) {
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
        Observation seen = answer.rows.at(i);
        if (!seen_.insert(seen.record_id)) {
            ++repeated_;
            continue;
        }
        seen.line = ++rows_;
        oldest_row_ = oldest_row_ ? std::min(*oldest_row_, *seen.at) : *seen.at;
        sink_.observe(seen);
    }
    ++pages_;
    tally_.merge(answer.tally);
    outside_ += answer.outside;
    if (unreadable_ == 0 && answer.unreadable > 0)
        first_unreadable_ = fmt::format("page {}, {}", pages_, answer.first_unreadable);
    unreadable_ += answer.unreadable;
    if (context_.progress) context_.progress({source_.id, pages_, rows_, done()});
}

// Newest first, so the age of the oldest row tells.
std::optional<double> SignInPull::done() const {
    const UtcTime to = std::min(context_.to, now_);
    const UtcTime from = std::max(context_.from, now_ - k_sign_in_retention);
    if (!oldest_row_ || from >= to) return std::nullopt;
    const double whole = static_cast<double>((to - from).count());
    return std::clamp(static_cast<double>((to - *oldest_row_).count()) / whole, 0.0, 1.0);
}

Coverage SignInPull::result(TimeWindow whole) {
    Coverage coverage;
    coverage.source = source_.id;
    coverage.state = CoverageState::complete;
    coverage.rows = rows_;
    coverage.files = pages_;
    // Nothing older than the retention was seen, unless rows of it came.
    UtcTime from = std::max(whole.from, now_ - k_sign_in_retention);
    if (oldest_row_) from = std::min(from, *oldest_row_);
    if (problem_) {
        end_with(coverage, *problem_, context_.chosen_by_name);
        // Rows come newest first: down to the last whole window, or the oldest row, all was seen.
        from = slots_[head_].window.to;
        if (oldest_row_) from = std::min(from, *oldest_row_);
        if (from < whole.to) coverage.state = CoverageState::partial;
    } else if (unreadable_ > 0) {
        coverage.state = rows_ > 0 ? CoverageState::partial : CoverageState::failed;
        coverage.reason = fmt::format("{} of the rows cannot be read (the first: {})",
                                      group_thousands(unreadable_), first_unreadable_);
    }
    if (from < whole.to || !problem_) {
        coverage.from = std::min(from, whole.to);
        coverage.to = whole.to;
    }
    add_notes(coverage, whole);
    return coverage;
}

void SignInPull::add_notes(Coverage& coverage, TimeWindow whole) const {
    const auto note = [&](std::uint64_t count, std::string_view words) {
        if (count > 0) coverage.notes.push_back(group_thousands(count) + std::string(words));
    };
    coverage.notes = tally_.notes();
    note(outside_, " rows were of a time that was not asked for: dropped");
    note(repeated_, " rows came more than once: counted once");
    if (coverage.state == CoverageState::failed || coverage.state == CoverageState::unavailable)
        return;
    if (api_ == SignInApi::v1)
        coverage.notes.emplace_back(
            "read from v1.0, because beta was refused: non-interactive sign-ins are missing");
    if (whole.to > now_ - k_not_final)
        coverage.notes.emplace_back("the last 30 minutes are not final");
    if (whole.from < now_ - k_sign_in_retention)
        coverage.notes.emplace_back(
            "Entra keeps sign-ins for 30 days: older ones are only in exports or Log Analytics");
}

}  // namespace smtpaudit
