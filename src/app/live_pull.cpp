#include "app/live_pull.hpp"

#include "app/pull_watch.hpp"
#include "app/store_place.hpp"
#include "app/stored_evidence.hpp"
#include "base/text.hpp"
#include "report/words.hpp"
#include "sources/sign_in_checkpoint.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace smtpaudit {
namespace {

constexpr std::chrono::milliseconds k_show_every{250};

// One source at work. The first in order writes to the ledger at once, the others wait their turn.
struct Pull {
    ChosenSource chosen;
    PullContext context;
    std::unique_ptr<StoredEvidence> stored;  // null: straight into the ledger
    Coverage coverage;
    std::exception_ptr thrown;
};

bool has_sign_ins(const Ledger& ledger) {
    for (std::size_t i = 0; i < ledger.key_count(); ++i)
        if (ledger.key(i).measure >= Measure::sign_in_ok) return true;
    return false;
}

// Pulls of one budget, one after another on a thread of their own.
using Lane = std::vector<Pull*>;

class LivePull {
public:
    LivePull(const CommandContext& context, Ledger& ledger)
        : context_(context),
          ledger_(ledger),
          watch_(context.status, context.world.clock),
          files_have_sign_ins_(has_sign_ins(ledger)) {}

    void prepare(Session& session, const std::vector<ChosenSource>& chosen, PullWindow window,
                 const SenderQuestion& question);
    void run();
    LiveEvidence join();

private:
    std::vector<Lane> lanes();
    void work(const Lane& lane);
    void pull(Pull& pull);
    void show_until_done(std::size_t lanes);
    InputPlan plan(const Pull& pull) const;
    void note_repeats(const Pull& pull, const InputTally& tally, LiveEvidence& evidence) const;

    const CommandContext& context_;
    Ledger& ledger_;
    PullWatch watch_;
    std::optional<SignInCheckpoint> checkpoint_;
    std::vector<Pull> pulls_;  // in table order; not moved once threads run
    const bool files_have_sign_ins_;
    InputTally first_tally_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t lanes_done_ = 0;
};

// Beside the history, and like it a folder for each tenant; without a history nothing is kept.
std::optional<SignInCheckpoint> checkpoint_of(const CommandContext& context,
                                              const std::string& tenant) {
    const std::string store = store_place(context).path;
    const auto slash = store.rfind('/');
    if (store.empty()) return std::nullopt;
    const std::string folder = slash == std::string::npos ? "." : store.substr(0, slash);
    return SignInCheckpoint(fmt::format("{}/sign-ins/{}", folder, fold_case(tenant)));
}

void LivePull::prepare(Session& session, const std::vector<ChosenSource>& chosen, PullWindow window,
                       const SenderQuestion& question) {
    session.watch_waits([this](std::string_view budget, const WaitNotice& notice) {
        context_.log.detail(notice.reason);
        watch_.wait(budget, notice);
    });
    checkpoint_ = checkpoint_of(context_, session.tenant());
    for (const ChosenSource& source : chosen) {
        Pull pull{source, session.pull_context(*source.source), nullptr, {}, nullptr};
        pull.context.from = window.from;
        pull.context.to = window.to;
        pull.context.chosen_by_name = source.by_name;
        if (checkpoint_) pull.context.checkpoint = &*checkpoint_;
        pull.context.senders = question.senders;
        pull.context.request_budget = question.requests;
        pull.context.workspace = source.workspace;
        pull.context.progress = [this](const PullProgress& seen) { watch_.progress(seen); };
        if (!pulls_.empty()) pull.stored = std::make_unique<StoredEvidence>();
        pulls_.push_back(std::move(pull));
    }
}

std::vector<Lane> LivePull::lanes() {
    std::vector<Lane> lanes;
    for (Pull& pull : pulls_) {
        const auto same = std::find_if(lanes.begin(), lanes.end(), [&](const Lane& lane) {
            return lane.front()->chosen.source->budget == pull.chosen.source->budget;
        });
        if (same == lanes.end())
            lanes.push_back({&pull});
        else
            same->push_back(&pull);
    }
    return lanes;
}

InputPlan LivePull::plan(const Pull& pull) const {
    InputPlan plan;
    plan.name = pull.chosen.source->id;
    // A file may hold the same rows. Counts have no ids: without a file they need no watching.
    plan.every_day_by_id = !pull.chosen.source->counts || files_have_sign_ins_;
    return plan;
}

void LivePull::run() {
    if (pulls_.empty()) return;
    ledger_.begin(plan(pulls_.front()));
    {
        const std::vector<Lane> lanes = this->lanes();
        std::vector<std::jthread> threads;
        for (const Lane& lane : lanes) threads.emplace_back([this, &lane] { work(lane); });
        show_until_done(lanes.size());
    }
    context_.status.clear();
    first_tally_ = ledger_.end();
}

void LivePull::show_until_done(std::size_t lanes) {
    std::unique_lock lock(mutex_);
    while (!done_.wait_for(lock, k_show_every, [&] { return lanes_done_ == lanes; })) {
        lock.unlock();
        watch_.show();
        lock.lock();
    }
}

void LivePull::work(const Lane& lane) {
    for (Pull* one : lane) {
        watch_.begin(*one->chosen.source);
        try {
            pull(*one);
        } catch (...) {
            one->thrown = std::current_exception();
        }
        watch_.end(*one->chosen.source);
    }
    const std::lock_guard lock(mutex_);
    ++lanes_done_;
    done_.notify_one();
}

void LivePull::pull(Pull& pull) {
    EvidenceSink& sink = pull.stored ? static_cast<EvidenceSink&>(*pull.stored) : ledger_;
    pull.coverage = pull.chosen.source->pull(pull.context, sink);
    // What a credential may not read was never chosen, unless by name.
    if (pull.coverage.cause == CoverageCause::permission && !pull.chosen.by_name &&
        pull.coverage.state == CoverageState::failed)
        pull.coverage.state = CoverageState::unavailable;
}

void LivePull::note_repeats(const Pull& pull, const InputTally& tally,
                            LiveEvidence& evidence) const {
    if (tally.repeated > 0)
        evidence.notes.push_back(
            fmt::format("{}: {} of {} rows pulled are in a file too (same record id): counted once",
                        source_words(pull.chosen.source->id), group_thousands(tally.repeated),
                        group_thousands(tally.rows)));
    if (tally.merged_days > 0)
        evidence.notes.push_back(
            fmt::format("{}: a file has days of them too, and counts have no record ids: of each "
                        "sender, client and day the larger count is taken, never the sum",
                        source_words(pull.chosen.source->id)));
}

LiveEvidence LivePull::join() {
    LiveEvidence evidence;
    for (Pull& pull : pulls_) {
        if (pull.thrown) std::rethrow_exception(pull.thrown);
        InputTally tally = first_tally_;
        if (pull.stored) {
            ledger_.begin(plan(pull));
            pull.stored->push_into(ledger_);
            tally = ledger_.end();
            pull.stored.reset();
        }
        for (const std::string& note : pull.coverage.notes)
            evidence.notes.push_back(
                fmt::format("{}: {}", source_words(pull.chosen.source->id), note));
        pull.coverage.notes.clear();
        note_repeats(pull, tally, evidence);
        evidence.coverage.push_back(std::move(pull.coverage));
    }
    return evidence;
}

}  // namespace

Result<LiveEvidence> pull_live(const CommandContext& context, Session& session,
                               const std::vector<ChosenSource>& chosen, PullWindow window,
                               Ledger& ledger, const SenderQuestion& question) {
    LivePull pull(context, ledger);
    pull.prepare(session, chosen, window, question);
    pull.run();
    session.watch_waits({});
    if (context.world.stop.stop_requested()) return fail(Errc::interrupted, "interrupted");
    return pull.join();
}

}  // namespace smtpaudit
