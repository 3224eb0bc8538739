#include "report/redact.hpp"

#include "base/text.hpp"
#include "report/pseudonyms.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

using Texts = std::vector<std::string>;

bool is_ordinary_id(std::string_view id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("._%+@:/-").find(c) != std::string_view::npos;
    });
}

class Redaction {
public:
    explicit Redaction(Secret key) : names_(std::move(key)) {}

    // A bare word, the name of a folder, is in sentences only as a part of longer paths.
    void learn_file(std::string_view path) {
        const bool is_word = path.find_first_of("./\\ ") == std::string_view::npos;
        if (!is_word && path.find_first_not_of("./-") != std::string_view::npos)
            names_.learn("file", path);
        if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos)
            learn_file(path.substr(slash + 1));
    }
    void learn(const Report& report);
    void learn(const Row& row, bool is_device);
    void apply(Row& row);
    void apply(Report& report);

private:
    void learn_id(const std::string& id, bool is_device) {
        names_.learn_domain_of(id);
        // The others are found by their look, and would only make the search slow.
        if (!is_ordinary_id(id) || (!is_device && id.find('@') == std::string::npos))
            names_.learn(is_device ? "device" : "account", id);
    }
    // The value of a switch names policies in quotes.
    void learn_quoted(std::string_view value) {
        const auto parts = split(value, '"');
        for (std::size_t i = 1; i < parts.size(); i += 2) names_.learn("policy", parts[i]);
    }
    void learn_maybe(std::string_view kind, const std::optional<std::string>& name) {
        if (name) names_.learn(kind, *name);
    }
    void scrub(std::string& text) { text = names_.scrub(text); }
    void scrub(Texts& texts) {
        for (std::string& text : texts) scrub(text);
    }
    void rename(std::string_view kind, std::string& name) { name = names_.of(kind, name); }
    void rename(std::string_view kind, std::optional<std::string>& name) {
        if (name) name = names_.of(kind, *name);
    }
    void rename_ids(Texts& ids) {
        for (std::string& id : ids) id = names_.of_id(id);
    }

    Pseudonyms names_;
};

void Redaction::learn(const Report& report) {
    learn_maybe("tenant", report.tenant_id);
    learn_maybe("tenant", report.tenant_name);
    for (const TenantPart& part : report.tenants) {
        names_.learn("tenant", part.name);
        learn_maybe("tenant", part.id);
    }
    for (const Remembered& one : report.remembered) learn_id(one.id, false);
    for (const OauthApp& app : report.oauth_apps) {
        names_.learn("app", app.name);
        names_.learn("principal", app.principal);
    }
}

void Redaction::learn(const Row& row, bool is_device) {
    learn_id(row.id, is_device);
    if (fold_case(row.name) != fold_case(row.id)) names_.learn("name", row.name);
    for (const std::string& id : row.linked) learn_id(id, !is_device);
    for (const std::string& id : row.addresses) learn_id(id, true);
    for (const std::string& agent : row.user_agents) names_.learn("agent", agent);
    learn_maybe("owner", row.owner);
    learn_maybe("site", row.site);
    if (row.accepted) names_.learn("owner", row.accepted->owner);
    if (!row.switches) return;
    for (const SwitchState& state : row.switches->chain) learn_quoted(state.value);
}

void Redaction::apply(Row& row) {
    rename("tenant", row.tenant);
    const bool named_by_id = fold_case(row.name) == fold_case(row.id);
    row.id = names_.of_id(row.id);
    if (named_by_id)
        row.name = row.id;
    else
        rename("name", row.name);
    rename_ids(row.addresses);
    rename_ids(row.linked);
    for (Link& link : row.links) {
        link.id = names_.of_id(link.id);
        scrub(link.because);
    }
    for (std::string& agent : row.user_agents) rename("agent", agent);
    rename("owner", row.owner);
    rename("site", row.site);
    scrub(row.class_.because);
    for (Factor& factor : row.factors) scrub(factor.evidence);
    if (row.switches) {
        if (row.switches->decided_by) scrub(*row.switches->decided_by);
        for (SwitchState& state : row.switches->chain) {
            scrub(state.name);
            scrub(state.value);
            scrub(state.effect_basic);
            scrub(state.effect_oauth);
            scrub(state.origin);
        }
    }
    if (row.remedy) {
        scrub(row.remedy->title);
        scrub(row.remedy->why);
        scrub(row.remedy->needs);
    }
    scrub(row.notes);
    scrub(row.origins);
    scrub(row.why);
    if (row.accepted) {
        if (!row.accepted->reason.empty()) row.accepted->reason = "left out (--redact)";
        rename("owner", row.accepted->owner);
    }
}

void Redaction::apply(Report& report) {
    rename("tenant", report.tenant_id);
    rename("tenant", report.tenant_name);
    for (TenantPart& part : report.tenants) {
        rename("tenant", part.name);
        rename("tenant", part.id);
        scrub(part.reason);
    }
    for (Milestone& milestone : report.timeline) {
        scrub(milestone.what);
        scrub(milestone.source);
    }
    for (Coverage& source : report.coverage) {
        scrub(source.reason);
        scrub(source.notes);
        rename("tenant", source.tenant);
    }
    for (OauthApp& app : report.oauth_apps) {
        rename("app", app.app_id);
        rename("app", app.name);
        scrub(app.how);
        scrub(app.consent);
        rename("principal", app.principal);
        rename("tenant", app.tenant);
    }
    for (Action& action : report.actions) {
        scrub(action.id);
        scrub(action.title);
        scrub(action.why);
        rename_ids(action.affects);
        scrub(action.commands);
        scrub(action.undo);
        rename("tenant", action.tenant);
    }
    for (Remembered& one : report.remembered) {
        one.id = names_.of_id(one.id);
        scrub(one.why);
        rename("tenant", one.tenant);
    }
    scrub(report.notes);
    report.notes.emplace_back(
        "names are pseudonyms (--redact): the same name has the same one in every format of a run");
}

class RedactedRows final : public RowList {
public:
    RedactedRows(std::shared_ptr<const RowList> rows, std::shared_ptr<Redaction> redaction)
        : rows_(std::move(rows)), redaction_(std::move(redaction)) {}
    std::size_t size() const override { return rows_->size(); }
    Row at(std::size_t index) const override {
        Row row = rows_->at(index);
        redaction_->apply(row);
        return row;
    }
    RowHead head(std::size_t index) const override { return rows_->head(index); }

private:
    std::shared_ptr<const RowList> rows_;
    std::shared_ptr<Redaction> redaction_;
};

}  // namespace

Report redacted(Report report, Secret key, const std::vector<std::string>& files) {
    const auto redaction = std::make_shared<Redaction>(std::move(key));
    for (const std::string& path : files) redaction->learn_file(path);
    redaction->learn(report);
    const auto learn_rows = [&](const RowList& rows, bool is_device) {
        for (std::size_t i = 0; i < rows.size(); ++i) redaction->learn(rows.at(i), is_device);
    };
    learn_rows(*report.accounts, false);
    learn_rows(*report.devices, true);
    redaction->apply(report);
    report.accounts = std::make_shared<RedactedRows>(report.accounts, redaction);
    report.devices = std::make_shared<RedactedRows>(report.devices, redaction);
    return report;
}

}  // namespace smtpaudit
