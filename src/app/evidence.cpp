#include "app/evidence.hpp"

#include "app/progress.hpp"
#include "app/sink_thread.hpp"
#include "base/digest.hpp"
#include "base/parallel.hpp"
#include "base/read_ahead.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::string_view k_standard_input = "-";
constexpr std::size_t k_run_document_limit = std::size_t{4} * 1024 * 1024 * 1024;

// Passes bytes on, and keeps their digest and the progress.
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

struct OpenFile {
    EvidenceFile file;
    std::shared_ptr<Sha256> digest;  // of the bytes read so far; null: not wanted
};

struct Input {
    std::string path;
    std::string name;  // for people: "standard input", or the path
    bool is_stream = false;
    const FileKind* kind = nullptr;
    bool has_record_ids = false;
    std::optional<OpenFile> open_file;  // of a stream, which can be read only once
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
    enum class Thread : std::uint8_t { shared, own };  // for the bytes; a pipe may wait for ever
    using Group = std::span<Input>;  // of one kind

    Result<OpenFile> open(const Input& input, Digest digest, Thread thread = Thread::shared);
    Result<Input> recognise(const std::string& path);
    Result<RunDocumentText> run_document(Input& input);
    Result<void> survey(Input& input);
    Result<void> survey_group(Group group, Evidence& evidence);
    Result<void> read_group(Group group, Evidence& evidence);
    Result<void> read_into(Input& input, InputPlan plan, Evidence& evidence);
    void say_what_repeats(const Input& input, const InputTally& tally, Evidence& evidence) const;

    const CommandContext& context_;
    const EvidenceSettings& settings_;
    Progress progress_;
    std::vector<Input> inputs_;
};

Result<OpenFile> Reading::open(const Input& input, Digest digest, Thread thread) {
    std::unique_ptr<ByteSource> bytes;
    if (input.path == k_standard_input) {
        bytes = std::make_unique<BorrowedSource>(context_.world.in);
    } else {
        SA_TRY(bytes, context_.world.files.open(input.path));
    }
    std::shared_ptr<Sha256> so_far;
    if (digest == Digest::keep) so_far = std::make_shared<Sha256>();
    bytes = std::make_unique<WatchedSource>(std::move(bytes), so_far, progress_);
    if (thread == Thread::own) bytes = read_ahead(std::move(bytes));
    SA_TRY(EvidenceFile file, EvidenceFile::open(std::move(bytes), input.name, settings_.options));
    // Only a file that is written at this moment can get here.
    if (input.kind != nullptr && &file.kind() != input.kind)
        return fail(Errc::input, input.name + ": changed while it was read");
    return OpenFile{std::move(file), std::move(so_far)};
}

// Files are opened again when they are read, so that a folder of thousands needs no more
// descriptors than one of them.
Result<Input> Reading::recognise(const std::string& path) {
    Input input;
    input.path = path;
    input.name = path == k_standard_input ? "standard input" : path;
    input.is_stream =
        path == k_standard_input || context_.world.files.kind(path) == PathKind::stream;
    progress_.begin(input.name);
    SA_TRY(OpenFile opened, open(input, input.is_stream ? Digest::keep : Digest::skip));
    input.kind = &opened.file.kind();
    input.has_record_ids = opened.file.has_record_ids();
    if (input.is_stream) input.open_file.emplace(std::move(opened));
    return input;
}

Result<RunDocumentText> Reading::run_document(Input& input) {
    if (!input.open_file) {
        SA_TRY(input.open_file, open(input, Digest::skip));
    }
    SA_TRY(std::string text, input.open_file->file.text(k_run_document_limit));
    return RunDocumentText{input.name, std::move(text)};
}

// The first reading: on which days does it have something, and is it another one's copy?
Result<void> Reading::survey(Input& input) {
    SA_TRY(OpenFile opened, open(input, Digest::keep));
    SA_TRY(input.days, opened.file.days());
    input.digest = opened.digest->finish();
    return {};
}

// An input that is alone of its kind needs no survey: nothing can be counted twice.
Result<void> Reading::survey_group(Group group, Evidence& evidence) {
    if (group.size() < 2) return {};
    progress_.begin(fmt::format("{} files", group.size()));
    SA_CHECK(for_each_parallel(group.size(), [&](std::size_t i) -> Result<void> {
        return group[i].is_stream ? Result<void>() : survey(group[i]);
    }));
    std::map<std::string, std::string> name_by_digest;
    for (Input& input : group) {
        if (input.is_stream) continue;
        const auto [first, is_new] = name_by_digest.try_emplace(input.digest, input.name);
        if (is_new) continue;
        input.is_repeat = true;
        evidence.notes.push_back(
            fmt::format("{} is the same file as {}: counted once", input.name, first->second));
    }
    return {};
}

// Inputs of one kind: which of their days must be watched?
std::vector<InputPlan> plans_of(std::span<const Input> group) {
    std::vector<InputPlan> plans(group.size());
    std::map<Day, std::vector<std::size_t>> inputs_of_day;
    bool has_stream = false;
    bool all_have_ids = true;
    for (std::size_t i = 0; i < group.size(); ++i) {
        plans[i].name = group[i].name;
        has_stream |= group[i].is_stream;
        all_have_ids &= group[i].has_record_ids;
        if (group[i].is_repeat) continue;
        for (const Day day : group[i].days) inputs_of_day[day].push_back(i);
    }
    if (has_stream && group.size() > 1) {
        for (InputPlan& plan : plans)
            (all_have_ids ? plan.every_day_by_id : plan.every_day_by_larger) = true;
        return plans;
    }
    for (const auto& [day, sharers] : inputs_of_day) {
        if (sharers.size() < 2) continue;
        const bool by_id = std::all_of(sharers.begin(), sharers.end(),
                                       [&](std::size_t i) { return group[i].has_record_ids; });
        for (const std::size_t i : sharers)
            (by_id ? plans[i].days_by_id : plans[i].days_by_larger).insert(day);
        plans[sharers.back()].last_days.insert(day);
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
    if (!input.open_file) {
        const Digest digest = input.digest.empty() ? Digest::keep : Digest::skip;
        SA_TRY(input.open_file, open(input, digest, Thread::own));
    }
    if (settings_.pulled_live.contains(input.kind->id)) {
        plan.every_day_by_id = true;
        plan.last_days.clear();
    }
    evidence.ledger->begin(std::move(plan));
    SinkThread sink(*evidence.ledger);
    SA_TRY(Coverage coverage, input.open_file->file.read(sink));
    sink.finish();
    const InputTally tally = evidence.ledger->end();
    if (input.digest.empty()) input.digest = input.open_file->digest->finish();
    input.open_file.reset();
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

Result<void> Reading::read_group(Group group, Evidence& evidence) {
    SA_CHECK(survey_group(group, evidence));
    std::vector<InputPlan> plans = plans_of(group);
    for (std::size_t i = 0; i < group.size(); ++i)
        if (!group[i].is_repeat) SA_CHECK(read_into(group[i], std::move(plans[i]), evidence));
    return {};
}

Result<std::variant<Evidence, RunDocumentText>> Reading::read(
    const std::vector<std::string>& paths) {
    Evidence evidence;
    evidence.ledger = std::make_shared<Ledger>(
        [inventory = settings_.inventory](const IpAddress& a) { return inventory->device_key(a); },
        settings_.time_zone);
    for (const std::string& path : paths) {
        SA_TRY(Input input, recognise(path));
        if (!input.kind->is_evidence) {
            if (paths.size() == 1) return run_document(input);
            return fail(Errc::input, fmt::format("{}: is a run document, a result and no evidence; "
                                                 "give it alone, or leave it out",
                                                 input.name));
        }
        inputs_.push_back(std::move(input));
    }
    // Inputs of one kind stand together, so that the days they share are done before the next kind.
    std::stable_sort(inputs_.begin(), inputs_.end(),
                     [](const Input& a, const Input& b) { return a.kind->id < b.kind->id; });
    for (auto first = inputs_.begin(); first != inputs_.end();) {
        const auto last = std::find_if(
            first, inputs_.end(), [&](const Input& input) { return input.kind != first->kind; });
        SA_CHECK(read_group({first, last}, evidence));
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
