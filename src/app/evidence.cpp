#include "app/evidence.hpp"

#include "app/progress.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::string_view k_standard_input = "-";
constexpr std::size_t k_run_document_limit = std::size_t{4} * 1024 * 1024 * 1024;

// Passes bytes on, and keeps their digest (where wanted) and the progress.
class WatchedSource final : public ByteSource {
public:
    WatchedSource(std::unique_ptr<ByteSource> inner, std::shared_ptr<Sha256> digest,
                  Progress& progress)
        : inner_(std::move(inner)), digest_(std::move(digest)), progress_(progress) {}
    Result<std::size_t> read(std::span<char> room) override {
        SA_TRY(const std::size_t got, inner_->read(room));
        if (digest_) digest_->update({room.data(), got});
        progress_.add_bytes(got);
        return got;
    }

private:
    std::unique_ptr<ByteSource> inner_;
    std::shared_ptr<Sha256> digest_;
    Progress& progress_;
};

class BorrowedSource final : public ByteSource {
public:
    explicit BorrowedSource(ByteSource& inner) : inner_(inner) {}
    Result<std::size_t> read(std::span<char> room) override { return inner_.read(room); }

private:
    ByteSource& inner_;
};

// The first reading of several inputs: on which days has each of them something?
class DaySurvey final : public EvidenceSink {
public:
    void observe(const Observation& observation) override {
        if (!observation.at) return;
        const Day day = day_of(*observation.at);
        if (last_ == day) return;
        last_ = day;
        days.insert(day);
    }
    void account(const AccountFacts& /*facts*/) override {}
    void tenant(const TenantFacts& /*facts*/) override {}

    std::set<Day> days;

private:
    std::optional<Day> last_;
};

struct Input {
    std::string path;
    std::string name;  // for people: "standard input", or the path
    bool is_stream = false;
    std::optional<EvidenceFile> file;  // open, not yet read
    std::shared_ptr<Sha256> digest_so_far;
    std::string digest;  // empty: not known before the real reading
    std::set<Day> days;
    bool is_repeat = false;  // the same bytes as an earlier one
};

class Reading {
public:
    Reading(const CommandContext& context, const EvidenceSettings& settings)
        : context_(context), settings_(settings), progress_(context) {}

    Result<std::variant<Evidence, RunDocumentText>> read(const std::vector<std::string>& paths);

private:
    enum class Digest : std::uint8_t { keep, skip };
    Result<Input> open(const std::string& path, Digest digest);
    Result<void> survey(Input& input);
    Result<void> survey_all(Evidence& evidence);
    std::vector<InputPlan> plan_group(std::size_t first, std::size_t last) const;
    Result<void> read_into(Input& input, InputPlan plan, Evidence& evidence);
    void say_what_repeats(const Input& input, const InputTally& tally, Evidence& evidence) const;

    const CommandContext& context_;
    const EvidenceSettings& settings_;
    Progress progress_;
    std::vector<Input> inputs_;
};

Result<Input> Reading::open(const std::string& path, Digest digest) {
    Input input;
    input.path = path;
    input.name = path == k_standard_input ? "standard input" : path;
    input.is_stream =
        path == k_standard_input || context_.world.files.kind(path) == PathKind::stream;
    std::unique_ptr<ByteSource> bytes;
    if (path == k_standard_input) {
        bytes = std::make_unique<BorrowedSource>(context_.world.in);
    } else {
        SA_TRY(bytes, context_.world.files.open(path));
    }
    progress_.begin(input.name);
    if (digest == Digest::keep) input.digest_so_far = std::make_shared<Sha256>();
    SA_TRY(input.file, EvidenceFile::open(std::make_unique<WatchedSource>(
                                              std::move(bytes), input.digest_so_far, progress_),
                                          input.name, settings_.options));
    return input;
}

Result<void> Reading::survey(Input& input) {
    DaySurvey survey;
    SA_TRY(const Coverage ignored, input.file->read(survey));
    (void)ignored;
    input.days = std::move(survey.days);
    input.digest = input.digest_so_far->finish();
    input.file.reset();
    return {};
}

// One file needs no survey: nothing can be counted twice.
Result<void> Reading::survey_all(Evidence& evidence) {
    if (inputs_.size() < 2) return {};
    std::map<std::string, std::string> path_by_digest;
    for (Input& input : inputs_) {
        if (input.is_stream) continue;
        const FileKind& kind = input.file->kind();
        SA_CHECK(survey(input));
        const auto [first, is_new] = path_by_digest.try_emplace(input.digest, input.name);
        if (!is_new) {
            input.is_repeat = true;
            evidence.notes.push_back(
                fmt::format("{} is the same file as {}: counted once", input.name, first->second));
        }
        SA_TRY(Input again, open(input.path, Digest::skip));
        if (&again.file->kind() != &kind)
            return fail(Errc::input, input.name + ": changed while it was read");
        input.file = std::move(again.file);
        input.digest_so_far = std::move(again.digest_so_far);
    }
    return {};
}

// Inputs first…last-1 are of one kind: which of their days must be watched?
std::vector<InputPlan> Reading::plan_group(std::size_t first, std::size_t last) const {
    std::vector<InputPlan> plans;
    std::map<Day, std::vector<std::size_t>> inputs_of_day;
    bool has_stream = false;
    for (std::size_t i = first; i < last; ++i) {
        InputPlan plan;
        plan.name = inputs_[i].name;
        plans.push_back(std::move(plan));
        has_stream |= inputs_[i].is_stream;
        if (inputs_[i].is_repeat) continue;
        for (const Day day : inputs_[i].days) inputs_of_day[day].push_back(i - first);
    }
    const bool by_id = inputs_[first].file->kind().has_record_ids;
    for (const auto& [day, sharers] : inputs_of_day) {
        if (sharers.size() < 2) continue;
        for (const std::size_t i : sharers)
            (by_id ? plans[i].days_by_id : plans[i].days_by_larger).insert(day);
        plans[sharers.back()].last_days.insert(day);
    }
    if (has_stream && plans.size() > 1)
        for (InputPlan& plan : plans) {
            plan.every_day_by_id = true;
            plan.last_days.clear();
        }
    return plans;
}

void Reading::say_what_repeats(const Input& input, const InputTally& tally,
                               Evidence& evidence) const {
    if (tally.repeated > 0)
        evidence.notes.push_back(
            fmt::format("{}: {} of {} rows are in an earlier file too (same "
                        "record id): counted once",
                        input.name, group_thousands(tally.repeated), group_thousands(tally.rows)));
    if (tally.without_machine > 0)
        evidence.notes.push_back(fmt::format(
            "{}: {} submissions come from private addresses or from Exchange Online's own: no "
            "device is made of them, unless the inventory names the address",
            input.name, group_thousands(tally.without_machine)));
    if (tally.merged_days > 0)
        evidence.notes.push_back(
            fmt::format("{}: shares days with an earlier file and has no "
                        "record ids: of each sender, client and day the "
                        "larger count is taken, never the sum",
                        input.name));
    if (tally.merged_undated)
        evidence.notes.push_back(
            fmt::format("{}: a second table without dates: of each sender and "
                        "protocol the larger count is taken, never the sum",
                        input.name));
}

Result<void> Reading::read_into(Input& input, InputPlan plan, Evidence& evidence) {
    progress_.begin(input.name);
    if (settings_.pulled_live.contains(input.file->kind().id)) {
        plan.every_day_by_id = true;
        plan.last_days.clear();
    }
    evidence.ledger->begin(std::move(plan));
    SA_TRY(Coverage coverage, input.file->read(*evidence.ledger));
    const InputTally tally = evidence.ledger->end();
    input.file.reset();
    if (input.digest_so_far) input.digest = input.digest_so_far->finish();
    evidence.digests.push_back(input.digest);
    coverage.files = 1;
    if (!coverage.reason.empty() && inputs_.size() > 1)
        coverage.reason = fmt::format("{}: {}", input.name, coverage.reason);
    for (std::string& note : coverage.notes)
        evidence.notes.push_back(fmt::format("{}: {}", input.name, note));
    coverage.notes.clear();
    evidence.coverage.push_back(std::move(coverage));
    say_what_repeats(input, tally, evidence);
    return {};
}

Result<std::variant<Evidence, RunDocumentText>> Reading::read(
    const std::vector<std::string>& paths) {
    Evidence evidence;
    evidence.ledger = std::make_shared<Ledger>(
        [inventory = settings_.inventory](const IpAddress& a) { return inventory->device_key(a); });
    for (const std::string& path : paths) {
        SA_TRY(Input input, open(path, Digest::keep));
        if (!input.file->kind().is_evidence) {
            if (paths.size() > 1)
                return fail(Errc::input,
                            fmt::format("{}: is a run document, a result and no evidence; "
                                        "give it alone, or leave it out",
                                        input.name));
            SA_TRY(std::string text, input.file->text(k_run_document_limit));
            return RunDocumentText{input.name, std::move(text)};
        }
        inputs_.push_back(std::move(input));
    }
    SA_CHECK(survey_all(evidence));
    // Inputs of one kind stand together, so that the days they share are done before the next kind.
    std::stable_sort(inputs_.begin(), inputs_.end(), [](const Input& a, const Input& b) {
        return a.file->kind().id < b.file->kind().id;
    });
    for (std::size_t first = 0; first < inputs_.size();) {
        std::size_t last = first;
        while (last < inputs_.size() && &inputs_[last].file->kind() == &inputs_[first].file->kind())
            ++last;
        std::vector<InputPlan> plans = plan_group(first, last);
        for (std::size_t i = first; i < last; ++i)
            if (!inputs_[i].is_repeat)
                SA_CHECK(read_into(inputs_[i], std::move(plans[i - first]), evidence));
        first = last;
    }
    progress_.done();
    // A setting of one mailbox must never be taken for another's.
    const FactBook& facts = evidence.ledger->facts();
    if (auto two = mailboxes_with_one_address(facts, FactJoin(facts)))
        return fail(Errc::input, std::move(*two));
    std::sort(evidence.digests.begin(), evidence.digests.end());
    return evidence;
}

}  // namespace

Result<std::vector<std::string>> expand_paths(const CommandContext& context,
                                              const std::vector<std::string>& files) {
    std::vector<std::string> paths;
    for (const std::string& file : files) {
        if (file == k_standard_input) {
            if (std::find(paths.begin(), paths.end(), file) != paths.end())
                return fail(Errc::usage, "-: standard input can be read only once");
            paths.push_back(file);
            continue;
        }
        switch (context.world.files.kind(file)) {
            case PathKind::absent:
                return fail(Errc::input, fmt::format("{}: no such file or folder", file));
            case PathKind::file:
            case PathKind::stream: paths.push_back(file); break;
            case PathKind::folder: {
                SA_TRY(const std::vector<std::string> inside, context.world.files.list(file));
                if (inside.empty())
                    return fail(Errc::input, fmt::format("{}: the folder holds no file", file));
                paths.insert(paths.end(), inside.begin(), inside.end());
                break;
            }
        }
    }
    return paths;
}

Result<std::variant<Evidence, RunDocumentText>> read_inputs(const CommandContext& context,
                                                            const EvidenceSettings& settings,
                                                            const std::vector<std::string>& paths) {
    return Reading(context, settings).read(paths);
}

}  // namespace smtpaudit
