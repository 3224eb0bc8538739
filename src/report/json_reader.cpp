// The run document, read back.
#include "report/json_place.hpp"
#include "report/run_document.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

namespace smtpaudit::embedded {
extern const std::string_view k_run_schema;
}

namespace smtpaudit {
namespace {

// Reads a run document without ever holding all of it as JSON: each account and device is handed
// over as soon as it is read, and only the small rest is kept.
class DocumentBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    // Takes an element of a top-level list; true: taken, it is not kept.
    using TakeElement = std::function<bool(std::string_view list, const nlohmann::json& element)>;

    explicit DocumentBuilder(TakeElement take) : take_(std::move(take)) {}

    nlohmann::json root;
    std::size_t error_at = 0;  // byte of a syntax error, from 1; 0: none
    bool too_deep = false;
    bool repeated = false;  // a top-level member stands twice

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(nlohmann::json::object()); }
    bool start_array(std::size_t) override { return open(nlohmann::json::array()); }
    bool key(string_t& name) override {
        key_ = std::move(name);
        if (open_.size() != 1) return true;
        list_ = key_;
        repeated = root.contains(key_);
        return !repeated;
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        error_at = position == 0 ? 1 : position;
        return false;
    }

private:
    static constexpr std::size_t k_max_depth = 64;

    nlohmann::json* place(nlohmann::json value) {
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        nlohmann::json& parent = *open_.back();
        if (parent.is_object()) return &(parent[key_] = std::move(value));
        parent.push_back(std::move(value));
        return &parent.back();
    }
    bool add(nlohmann::json value) {
        place(std::move(value));
        return true;
    }
    bool open(nlohmann::json value) {
        too_deep = open_.size() >= k_max_depth;
        if (too_deep) return false;
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        const nlohmann::json& done = *open_.back();
        open_.pop_back();
        // An object in a list in the top-level object.
        if (open_.size() != 2 || !root.is_object() || !open_.back()->is_array()) return true;
        if (done.is_object() && take_(list_, done))
            open_.back()->get_ptr<nlohmann::json::array_t*>()->pop_back();
        return true;
    }

    TakeElement take_;
    std::vector<nlohmann::json*> open_;  // from the root to the value being read
    std::string key_, list_;  // the last member name; the one of the top level
};

using nlohmann::json;

constexpr std::string_view k_major = "1";

std::optional<Axis> parse_axis(std::string_view text) {
    if (text == "impact") return Axis::impact;
    if (text == "exposure") return Axis::exposure;
    return std::nullopt;
}

std::optional<CoverageState> parse_coverage_state(std::string_view text) {
    for (const auto state :
         {CoverageState::complete, CoverageState::partial, CoverageState::unavailable,
          CoverageState::failed, CoverageState::not_requested})
        if (to_string(state) == text) return state;
    return std::nullopt;
}

MessageCounts read_counts(const Place& in) {
    return {in["basic"].count(), in["oauth"].count(), in["unknown"].count()};
}

Factor read_factor(const Place& in) {
    Factor out;
    out.axis = in["axis"].word(parse_axis);
    out.name = in["name"].text();
    out.points = in["points"].optional_number();
    out.max = in["max"].number();
    out.evidence = in["evidence"].text();
    return out;
}

SwitchState read_switch(const Place& in) {
    return {in["switch"].text(), in["value"].text_or_empty(), in["effect_basic"].text_or_empty(),
            in["effect_oauth"].text_or_empty(), in["origin"].text_or_empty()};
}

std::optional<Switches> read_switches(const Place& in) {
    if (in.is_null()) return std::nullopt;
    return Switches{in["basic_usable"].word(parse_ternary), in["decided_by"].optional_text(),
                    in["chain"].list(read_switch)};
}

std::optional<Remedy> read_remedy(const Place& in) {
    if (in.is_null()) return std::nullopt;
    return Remedy{in["class"].text(), in["title"].text(), in["why"].text(), in["needs"].texts()};
}

std::optional<Acceptance> read_acceptance(const Place& in) {
    if (in.is_null()) return std::nullopt;
    return Acceptance{in["reason"].text(), in["owner"].text_or_empty(), in["until"].day()};
}

Link read_link(const Place& in) {
    return {in["id"].text(),
            in["confidence"].word(parse_confidence),
            in["basic_messages"].count(),
            in["messages"].count(),
            in["sign_ins"].count(),
            in["failed_sign_ins"].count(),
            in["days"].whole(),
            in["because"].text()};
}

void read_ranking(const Place& in, Row& row) {
    row.rank = in["rank"].count();
    row.id = in["id"].text();
    row.name = in["name"].text_or_empty();
    row.status = in["status"].word(parse_status);
    row.band = in["band"].word(parse_band);
    row.priority = in["priority"].whole();
    const Place range = in["priority_range"];
    const std::vector<int> ends = range.list<int>([](const Place& end) { return end.whole(); });
    if (ends.size() == 2) {
        row.priority_low = ends[0];
        row.priority_high = ends[1];
    } else {
        range.complain("does not have two elements");
    }
    row.impact = in["impact"].whole();
    row.exposure = in["exposure"].whole();
    row.known_share = in["known_share"].number();
}

void read_use(const Place& in, Row& row) {
    row.messages = read_counts(in["messages"]);
    const Place thirty = in.maybe("messages_30d");
    if (!thirty.is_null()) row.messages_30d = read_counts(thirty);
    const Place sign_ins = in["sign_ins"];
    row.sign_ins = {sign_ins["basic_ok"].count(), sign_ins["basic_failed"].count(),
                    sign_ins["oauth_possible"].count()};
    row.first_seen = in["first_seen"].optional_time();
    row.last_basic = in["last_basic"].optional_time();
    row.last_oauth = in["last_oauth"].optional_time();
    row.overdue_days = in["overdue_days"].optional_whole();
    const Place tls = in["tls"];
    for (std::size_t i = 0; i < k_tls_versions; ++i)
        row.tls[i] = tls[to_string(static_cast<TlsVersion>(i))].count();
    row.addresses = in["addresses"].texts();
    row.user_agents = in["user_agents"].texts();
    row.linked = in["linked"].texts();
    row.links = in.maybe("links").list(read_link);
}

Row read_row(const Place& in) {
    Row row;
    read_ranking(in, row);
    read_use(in, row);
    row.owner = in["owner"].optional_text();
    row.site = in["site"].optional_text();
    row.mailbox_type = in["mailbox_type"].optional_text();
    const Place kind = in["class"];
    row.class_ = {kind["name"].text(), kind["source"].text(), kind["because"].text_or_empty()};
    row.factors = in["factors"].list(read_factor);
    row.switches = read_switches(in["switches"]);
    row.remedy = read_remedy(in["remedy"]);
    row.internal_share = in["internal_share"].optional_number();
    row.marks = in["marks"].texts();
    row.notes = in["notes"].texts();
    row.origins = in["origins"].texts();
    row.why = in["why"].text();
    row.accepted = read_acceptance(in["accepted"]);
    row.tenant = in.maybe("tenant").optional_text();
    return row;
}

Milestone read_milestone(const Place& in) {
    Milestone out;
    out.id = in["id"].text();
    out.kind = in["kind"].word(parse_milestone_kind);
    out.date = in["date"].day();
    out.precision = in["precision"].word(parse_precision);
    out.state = in["state"].word(parse_milestone_state);
    out.what = in["what"].text();
    out.source = in["source"].text();
    return out;
}

// After the timeline: how precise the next enforcement is stands there alone.
Cutoff read_cutoff(const Place& in, const std::vector<Milestone>& timeline) {
    Cutoff out{in["id"].text(), in["date"].day(), in["precision"].word(parse_precision),
               in["days_left"].whole(), std::nullopt};
    const Place next = in["next"];
    if (next.is_null()) return out;
    out.next = NextEnforcement{next["id"].text(), next["date"].day(), Precision::day,
                               next["days_left"].whole(), next["what"].text()};
    const auto known = std::find_if(timeline.begin(), timeline.end(),
                                    [&](const Milestone& m) { return m.id == out.next->id; });
    if (known != timeline.end()) out.next->precision = known->precision;
    return out;
}

Coverage read_coverage(const Place& in) {
    Coverage out;
    out.source = in["source"].text();
    out.state = in["state"].word(parse_coverage_state);
    out.reason = in["reason"].text_or_empty();
    out.from = in["from"].optional_time();
    out.to = in["to"].optional_time();
    out.rows = in["rows"].count();
    out.files = in["files"].count();
    const Place notes = in.maybe("notes");
    out.notes = notes.texts();
    out.tenant = in.maybe("tenant").optional_text();
    return out;
}

Summary read_summary(const Place& in) {
    Summary out;
    out.accounts = in["accounts"].count();
    out.devices = in["devices"].count();
    out.messages = read_counts(in["messages"]);
    out.basic_share = in["basic_share"].optional_number();
    out.overdue_messages = in["overdue_messages"].count();
    out.unattributed_basic_share = in["unattributed_basic_share"].optional_number();
    out.messages_lost_per_day = in["messages_lost_per_day"].optional_number();
    const Place by_status = in["by_status"];
    for (std::size_t i = 0; i < k_statuses; ++i)
        out.by_status[i] = by_status[to_string(static_cast<Status>(i))].count();
    const Place by_band = in["by_band"];
    for (std::size_t i = 0; i < k_bands; ++i)
        out.by_band[i] = by_band[to_string(static_cast<Band>(i))].count();
    if (const Place mailboxes = in.maybe("mailboxes"); !mailboxes.is_null()) {
        const Place usable = mailboxes["basic_usable"];
        out.mailboxes =
            MailboxCounts{mailboxes["known"].count(), mailboxes["listed"].count(),
                          usable["yes"].count(), usable["no"].count(), usable["unknown"].count()};
    }
    return out;
}

DayCounts read_day(const Place& in) { return {in["day"].day(), read_counts(in)}; }

OauthApp read_app(const Place& in) {
    return {in["app_id"].text(),
            in["name"].text_or_empty(),
            in["how"].text_or_empty(),
            in["consent"].text_or_empty(),
            in["principal"].text_or_empty(),
            in.maybe("tenant").optional_text()};
}

Action read_action(const Place& in) {
    return {in["id"].text(),
            in["title"].text(),
            in["why"].text(),
            in["affects"].texts(),
            in["commands"].texts(),
            in["undo"].texts(),
            in.maybe("tenant").optional_text()};
}

Remembered read_remembered(const Place& in) {
    return {in["id"].text(),
            in["first_basic"].day(),
            in["last_basic"].day(),
            in["basic_days"].whole(),
            in["due"].optional_day(),
            in["why"].text(),
            in.maybe("tenant").optional_text()};
}

Gate read_gate(const Place& in) {
    Gate out;
    const Place fail_on = in["fail_on"];
    if (!fail_on.is_null()) out.fail_on = fail_on.word(parse_band);
    out.tripped = in["tripped"].flag();
    const Place fresh = in["new"];
    if (!fresh.is_null()) out.new_findings = fresh.count();
    return out;
}

TenantPart read_tenant(const Place& in) {
    TenantPart out;
    out.name = in["name"].text();
    out.id = in["id"].optional_text();
    out.state = in["state"].word(parse_coverage_state);
    out.reason = in["reason"].text_or_empty();
    const Place window = in["window"];
    out.from = window["from"].optional_day();
    out.to = window["to"].optional_day();
    out.covered_days = window["covered_days"].whole();
    if (const Place summary = in["summary"]; !summary.is_null())
        out.summary = read_summary(summary);
    out.gate = read_gate(in["gate"]);
    return out;
}

// All but the rows, which are read by then.
Report read_frame(const Place& in) {
    Report out;
    out.tool_version = in["tool"]["version"].text();
    out.run_id = in["run_id"].text();
    out.generated_at = in["generated_at"].time();
    const Place tenant = in["tenant"];
    out.tenant_id = tenant["id"].optional_text();
    out.tenant_name = tenant["name"].optional_text();
    const Place window = in["window"];
    out.from = window["from"].optional_day();
    out.to = window["to"].optional_day();
    out.covered_days = window["covered_days"].whole();
    out.timeline = in["timeline"].list(read_milestone);
    out.cutoff = read_cutoff(in["cutoff"], out.timeline);
    out.coverage = in["coverage"].list(read_coverage);
    out.summary = read_summary(in["summary"]);
    out.series = in["series"].list(read_day);
    out.oauth_apps = in["oauth_apps"].list(read_app);
    out.actions = in["actions"].list(read_action);
    out.gate = read_gate(in["gate"]);
    const Place notes = in.maybe("notes");
    out.notes = notes.texts();
    out.remembered = in.maybe("remembered").list(read_remembered);
    out.tenants = in.maybe("tenants").list(read_tenant);
    in["accepted"].texts();  // written from the rows
    // Rows that were objects are taken out already; what is left in the lists is none.
    for (const char* rows : {"accounts", "devices"})
        in[rows].list<int>([](const Place& left) {
            left.complain("is not an object");
            return 0;
        });
    return out;
}

std::string line_and_column(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte, text.size() + 1) - 1);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n');
    const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
    return fmt::format("{}:{}", line, column + 1);
}

// Empty: a version that is understood.
std::string version_mistake(const json& root) {
    if (!root.is_object() || !root.contains("schema_version"))
        return "is not a run document of smtpaudit (no schema_version)";
    std::string mistake;
    const std::string version = Place(root, mistake)["schema_version"].text();
    if (!mistake.empty()) return mistake;
    if (version.substr(0, version.find('.')) != k_major)
        return fmt::format(
            "is a run document of another major schema version; this smtpaudit understands {}.x: "
            "use the smtpaudit that wrote it, or rank the evidence again",
            k_major);
    if (Place(root, mistake)["risk_model"].text() == k_risk_model) return {};
    if (!mistake.empty()) return mistake;
    return fmt::format(
        "was ranked by another risk model; this smtpaudit knows {}: rank the evidence again",
        k_risk_model);
}

}  // namespace

Result<Report> read_run_document(std::string_view text, const std::string& name) {
    std::string mistake;
    std::vector<Row> accounts, devices;
    DocumentBuilder builder([&](std::string_view list, const json& element) {
        if (list != "accounts" && list != "devices") return false;
        std::vector<Row>& rows = list == "accounts" ? accounts : devices;
        if (mistake.empty()) rows.push_back(read_row(Place(element, list, rows.size(), mistake)));
        return true;
    });
    if (!json::sax_parse(text, &builder)) {
        if (builder.too_deep)
            return fail(Errc::input, name + ": is nested too deep for a run document");
        if (builder.repeated)
            return fail(Errc::input, name +
                                         ": has a top-level member twice; it is no run document "
                                         "as smtpaudit writes it");
        return fail(Errc::input, fmt::format("{}:{}: not valid JSON; a run document is what "
                                             "--format json writes",
                                             name, line_and_column(text, builder.error_at)));
    }
    if (const std::string wrong = version_mistake(builder.root); !wrong.empty())
        return fail(Errc::input, fmt::format("{}: {}", name, wrong));
    Report report = read_frame(Place(builder.root, mistake));
    if (!mistake.empty())
        return fail(Errc::input, fmt::format("{}: {}; write the run document again with --out "
                                             "json=FILE",
                                             name, mistake));
    report.accounts = std::make_shared<StoredRows>(std::move(accounts));
    report.devices = std::make_shared<StoredRows>(std::move(devices));
    return report;
}

std::string_view run_document_schema() { return embedded::k_run_schema; }

}  // namespace smtpaudit
