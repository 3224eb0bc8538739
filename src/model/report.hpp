// The ranked report: all that a writer needs, and the run document of cli.md. Absent is nullopt.
#pragma once

#include "base/time.hpp"
#include "model/announcement.hpp"
#include "model/coverage.hpp"
#include "model/facts.hpp"
#include "model/observation.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// In the order of the model's gate: the first that matches (risk-model.md, "Status").
enum class Status : std::uint8_t {
    blocked_retrying,
    already_blocked,
    mixed,
    active_basic,
    migrated,
    dormant_basic,
    unknown,
    oauth_only,
    attempted,
    enabled_unused,
};
constexpr std::size_t k_statuses = 10;

enum class Band : std::uint8_t { info, low, medium, high, critical };
constexpr std::size_t k_bands = 5;

enum class Ternary : std::uint8_t { no, yes, unknown };

std::string_view to_string(Status status);
std::string_view to_string(Band band);
std::string_view to_string(Ternary value);
std::optional<Status> parse_status(std::string_view text);
std::optional<Band> parse_band(std::string_view text);
std::optional<Ternary> parse_ternary(std::string_view text);

struct MessageCounts {
    std::uint64_t basic = 0, oauth = 0, unknown = 0;
    std::uint64_t& operator[](Protocol protocol);
    std::uint64_t operator[](Protocol protocol) const;
    std::uint64_t total() const { return basic + oauth + unknown; }
};

struct SignInCounts {
    std::uint64_t basic_ok = 0, basic_failed = 0, oauth_possible = 0;
};

enum class Axis : std::uint8_t { impact, exposure };

struct Factor {
    Axis axis = Axis::impact;
    std::string name;
    std::optional<double> points;  // absent: unknown, counted as a third of `max`
    double max = 0;
    std::string evidence;  // one sentence
};

struct SwitchState {
    std::string name, value, effect_basic, effect_oauth, origin;
};

struct Switches {
    Ternary basic_usable = Ternary::unknown;
    std::optional<std::string> decided_by;
    std::vector<SwitchState> chain;
};

struct Remedy {
    std::string class_name;  // "oauth", "relay", … (risk-model.md, "Remedies")
    std::string title;  // what to do, one line
    std::string why;
    std::vector<std::string> needs;  // facts that would decide it
};

struct Class {
    std::string name = "unknown";  // "scanner", "alert", …
    std::string source = "unknown";  // "inventory", "signs", "guess", "unknown"
    std::string because;  // the pattern or the inventory line
};

enum class Confidence : std::uint8_t { low, medium, high };

std::string_view to_string(Confidence confidence);
std::optional<Confidence> parse_confidence(std::string_view text);

// What ties an account and a device together: that the account was used from there.
struct Link {
    std::string id;  // of the device, or of the account
    Confidence confidence = Confidence::low;
    std::uint64_t basic_messages = 0, messages = 0;  // `messages`: of every protocol
    std::uint64_t sign_ins_ok = 0, sign_ins_failed = 0;  // with Basic
    int days = 0;  // on which it was seen to get in; 0: never, or not told
    std::string because;  // one clause: why it is so sure and no surer
};

struct Acceptance {
    std::string reason, owner;
    Day until;
};

// One ranked account or device. `id` is the lower-cased primary address, or the device's address.
struct Row {
    std::uint64_t rank = 0;  // from 1
    std::string id;
    std::string name;  // as a source or the inventory writes it
    Status status = Status::unknown;
    Band band = Band::info;
    int priority = 0, priority_low = 0, priority_high = 0;
    int impact = 0, exposure = 0;
    double known_share = 0;  // 0–1, two decimals
    MessageCounts messages;  // in the window
    MessageCounts messages_30d;  // in the last 30 days of the evidence; 0 where it has no dates
    SignInCounts sign_ins;
    std::optional<UtcTime> first_seen, last_basic, last_oauth;  // absent also: no dates
    std::optional<int> overdue_days;  // from the cut-off to the last Basic submission after it
    std::array<std::uint64_t, k_tls_versions> tls{};  // messages, by TlsVersion
    std::vector<std::string> addresses;  // device ids (of a device: its own addresses)
    std::vector<std::string> user_agents;
    std::vector<std::string> linked;  // of an account its devices, of a device its accounts
    std::vector<Link> links;  // those of `linked`, in its order; empty also: of an older document
    std::optional<std::string> owner, site, mailbox_type;
    Class class_;
    std::vector<Factor> factors;
    std::optional<Switches> switches;  // accounts only
    std::optional<Remedy> remedy;
    std::optional<double> internal_share;
    std::vector<std::string> marks;  // "sender_only", "band_could_change", "relay_suspected", …
    std::vector<std::string> notes;
    std::vector<std::string> origins;  // first and last, "report.csv:17"
    std::string why;  // one line
    std::optional<Acceptance> accepted;
    std::optional<std::string> tenant;  // TenantPart::name; absent: the report is of one tenant

    bool is_sender() const;  // false for attempted and enabled_unused: their own section
    // TLS 1.0 and 1.1 of the messages whose version is known.
    std::optional<double> old_tls_share() const;
    std::optional<double> basic_share() const;  // of Basic and OAuth
};

// What choosing, counting and ordering rows needs.
struct RowHead {
    Status status = Status::unknown;
    Band band = Band::info;
    int priority = 0, impact = 0, exposure = 0;
    std::uint64_t basic_messages = 0;
};
RowHead head_of(const Row& row);

// Rows made one at a time, because fifty thousand whole rows do not fit where their counters do.
class RowList {
public:
    virtual ~RowList() = default;
    virtual std::size_t size() const = 0;
    virtual Row at(std::size_t index) const = 0;  // in rank order; index < size()
    // The same without making the whole row.
    virtual RowHead head(std::size_t index) const = 0;
    virtual std::string id(std::size_t index) const { return at(index).id; }
};

class StoredRows final : public RowList {
public:
    StoredRows() = default;
    explicit StoredRows(std::vector<Row> rows) : rows_(std::move(rows)) {}
    std::size_t size() const override { return rows_.size(); }
    Row at(std::size_t index) const override { return rows_[index]; }
    RowHead head(std::size_t index) const override { return head_of(rows_[index]); }
    std::string id(std::size_t index) const override { return rows_[index].id; }

private:
    std::vector<Row> rows_;
};

enum class MilestoneKind : std::uint8_t { enforcement, notice };
enum class MilestoneState : std::uint8_t { done, superseded, announced };

std::string_view to_string(Precision precision);
std::string_view to_string(MilestoneKind kind);
std::string_view to_string(MilestoneState state);
std::optional<Precision> parse_precision(std::string_view text);
std::optional<MilestoneKind> parse_milestone_kind(std::string_view text);
std::optional<MilestoneState> parse_milestone_state(std::string_view text);

struct Milestone {
    std::string id;
    MilestoneKind kind = MilestoneKind::notice;
    Day date;  // the earliest day the announcement allows
    Precision precision = Precision::day;
    MilestoneState state = MilestoneState::announced;
    std::string what, source;
};

struct NextEnforcement {
    std::string id;
    Day date;
    Precision precision = Precision::day;
    int days_left = 0;
    std::string what;
};

struct Cutoff {
    std::string id;  // of a milestone, or the date itself
    Day date;
    Precision precision = Precision::day;
    int days_left = 0;  // negative: passed
    std::optional<NextEnforcement> next;
};

struct DayCounts {
    Day day;
    MessageCounts messages;
};

// The mailboxes that settings tell of, senders or not; each is counted once by whether Basic works.
struct MailboxCounts {
    std::uint64_t known = 0;
    std::uint64_t listed = 0;  // have a row; the others neither send nor could with Basic
    std::uint64_t works = 0, refused = 0, unknown = 0;
};

struct Summary {
    std::uint64_t accounts = 0, devices = 0;
    MessageCounts messages;
    std::optional<double> basic_share;  // of Basic and OAuth
    std::uint64_t overdue_messages = 0;  // Basic, after the cut-off
    std::optional<double> unattributed_basic_share;  // of the Basic messages: no client address
    std::optional<double> messages_lost_per_day;  // Basic, mean of the last 30 covered days
    std::array<std::uint64_t, k_statuses> by_status{};  // accounts, by Status
    std::array<std::uint64_t, k_bands> by_band{};  // accounts, by Band
    std::optional<MailboxCounts> mailboxes;  // absent: no mailbox was read
};

struct Action {
    std::string id, title, why;
    std::vector<std::string> affects, commands, undo;
    std::optional<std::string> tenant{};  // as Row::tenant
};

struct Gate {
    std::optional<Band> fail_on;
    bool tripped = false;
    std::optional<std::uint64_t> new_findings;  // absent: no baseline given
};

// An account that used Basic in the local history, and that the evidence of this run does not hold:
// perhaps a job of each quarter or year.
struct Remembered {
    std::string id;
    Day first_basic, last_basic;
    int basic_days = 0;  // days with Basic in the history
    std::optional<Day> due;  // when it sends again if it keeps its rhythm; absent: no rhythm seen
    std::string why;  // one sentence, without the id
    std::optional<std::string> tenant{};  // as Row::tenant
};

// "contoso, fabrikam, tailspin and 21 more".
std::string names_in_short(const std::vector<std::string>& names);

// One of the tenants whose rankings a report joins.
struct TenantPart {
    std::string name;  // of its table in the settings file
    std::optional<std::string> id;  // of the directory; absent: not told
    CoverageState state = CoverageState::complete;  // complete, partial or failed
    std::string reason;  // one sentence where it failed
    std::optional<Day> from, to;
    int covered_days = 0;
    std::optional<Summary> summary;  // absent: it failed, nothing was read
    Gate gate;
};

struct Report {
    std::string tool_version;
    std::string run_id;
    UtcTime generated_at;
    std::optional<std::string> tenant_id, tenant_name;
    std::optional<Day> from, to;  // the window that the counts are of
    int covered_days = 0;
    Cutoff cutoff;
    std::vector<Milestone> timeline;
    std::vector<Coverage> coverage;
    Summary summary;
    std::vector<DayCounts> series;  // ascending, covered days only
    std::shared_ptr<const RowList> accounts = std::make_shared<StoredRows>();
    std::shared_ptr<const RowList> devices = std::make_shared<StoredRows>();
    std::vector<OauthApp> oauth_apps;
    std::vector<Action> actions;
    std::vector<std::string> notes;  // about the run as a whole, for people
    Gate gate;
    std::vector<Remembered> remembered;  // by `due`, then id; empty also: no history was looked at
    // By name; empty: a report of one tenant. Else `tenant_id` and `tenant_name` are absent, and
    // rows, coverage, actions, applications and what is remembered say whose they are.
    std::vector<TenantPart> tenants;

    bool incomplete() const;  // a chosen source failed or was cut short: exit 3
};

constexpr std::string_view k_schema_version = "1.0";
constexpr std::string_view k_risk_model = "risk-model/1";

}  // namespace smtpaudit
