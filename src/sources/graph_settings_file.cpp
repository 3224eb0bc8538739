#include "sources/graph_settings_file.hpp"

#include "base/text.hpp"
#include "sources/graph_policy_facts.hpp"
#include "sources/json_scan.hpp"
#include "sources/json_splitter.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

using nlohmann::json;
using Keys = std::set<std::string, std::less<>>;

enum class Kind : std::uint8_t {
    security_defaults,
    conditional_access,
    mfa_registration,
    directory_roles,
    group_members,
};

// ---- Which of them is it?

bool has(const Keys& keys, std::string_view wanted) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const std::string& key) { return equals_ignoring_case(key, wanted); });
}

bool has_all(const Keys& keys, std::initializer_list<std::string_view> wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](auto one) { return has(keys, one); });
}

// Other policies say isEnabled too, and more besides.
bool is_security_defaults(const Keys& keys) {
    constexpr std::array<std::string_view, 6> k_known = {
        "id", "displayName", "description", "deletedDateTime", "isEnabled", "additionalProperties"};
    return has(keys, "isEnabled") && std::all_of(keys.begin(), keys.end(), [&](const auto& key) {
               return key.starts_with('@') ||
                      std::any_of(k_known.begin(), k_known.end(), [&](std::string_view known) {
                          return equals_ignoring_case(key, known);
                      });
           });
}

// Schedules of Privileged Identity Management have the same ids, and are not held by being there.
bool is_role_assignment(const Keys& keys) {
    constexpr std::array<std::string_view, 7> k_of_schedules = {
        "memberType", "scheduleInfo", "createdUsing", "assignmentType",
        "status",     "action",       "endDateTime"};
    return has_all(keys, {"roleDefinitionId", "principalId"}) &&
           std::none_of(k_of_schedules.begin(), k_of_schedules.end(),
                        [&](std::string_view name) { return has(keys, name); });
}

template <Kind kind>
bool is_record(const Keys& keys) {
    switch (kind) {
        case Kind::security_defaults: return is_security_defaults(keys);
        case Kind::conditional_access:
            return has_all(keys, {"conditions", "state"}) &&
                   (has(keys, "grantControls") || has(keys, "sessionControls"));
        case Kind::mfa_registration: return has(keys, "isMfaRegistered");
        case Kind::directory_roles: return is_role_assignment(keys);
        case Kind::group_members: return has_all(keys, {"id", "transitiveMembers"});
    }
    return false;
}

// Of a list without rows nothing but the context tells what it is of.
constexpr std::string_view context_of(Kind kind) {
    switch (kind) {
        case Kind::security_defaults: return "#policies/identitysecuritydefaultsenforcement";
        case Kind::conditional_access: return "#identity/conditionalaccess/policies";
        case Kind::mfa_registration: return "userregistrationdetails";
        case Kind::directory_roles: return "#rolemanagement/directory/roleassignments";
        case Kind::group_members: return "(id,displayname,transitivemembers";
    }
    return "";
}

template <Kind kind>
bool is_json(const JsonOpening& opening) {
    if (is_record<kind>(opening.keys) || is_record<kind>(opening.record_keys)) return true;
    const std::string context = fold_case(opening.context);
    const std::size_t at = context.find(context_of(kind));
    if (!opening.record_keys.empty() || !has(opening.keys, "value") || at == std::string::npos)
        return false;
    // "roleAssignments", not "roleAssignmentSchedules".
    const std::string_view rest = std::string_view(context).substr(at + context_of(kind).size());
    return rest.empty() || !(rest[0] >= 'a' && rest[0] <= 'z') || kind == Kind::security_defaults;
}

// ---- Reading

// Names as Graph writes them, from PowerShell's; what its objects keep under AdditionalProperties
// is the object's own.
json as_graph_writes(json value) {
    if (value.is_array()) {
        for (json& element : value) element = as_graph_writes(std::move(element));
        return value;
    }
    if (!value.is_object()) return value;
    json object = json::object();
    for (auto& [name, inner] : value.items()) {
        if (equals_ignoring_case(name, "AdditionalProperties") && inner.is_object()) {
            for (auto& [key, property] : inner.items())
                object.emplace(key, as_graph_writes(std::move(property)));
            continue;
        }
        std::string key = name;
        if (!key.empty() && key[0] >= 'A' && key[0] <= 'Z')
            key[0] = static_cast<char>(key[0] | 0x20);
        object[key] = as_graph_writes(std::move(inner));
    }
    return object;
}

// The users among the members of a group; one without a type is taken for a user, as in a live pull.
std::vector<std::string> members_of(const GraphFields& group) {
    std::vector<std::string> members;
    std::uint64_t wrong_types = 0;
    for (const json* member : group.list("transitiveMembers")) {
        if (!member->is_object()) {
            group.count_wrong_type();
            continue;
        }
        const GraphFields fields(*member, wrong_types);
        const auto type = fields.text("@odata.type");
        if (type && *type != "#microsoft.graph.user") continue;
        if (auto id = fields.text("id")) members.push_back(std::move(*id));
    }
    for (; wrong_types > 0; --wrong_types) group.count_wrong_type();
    return members;
}

class GraphSettingsJson {
public:
    GraphSettingsJson(Kind kind, TextDecoder& text, EvidenceSink& sink)
        : kind_(kind),
          text_(text),
          sink_(sink),
          splitter_(
              text.name(),
              [this](std::string_view record, const TextCursor& at) { return take(record, at); },
              [this](std::string_view frame, const TextCursor&) { return take_frame(frame); }) {}

    Result<Coverage> read() {
        SA_CHECK(splitter_.read_all(text_));
        return finish();
    }

private:
    Result<void> take(std::string_view record, const TextCursor& at);
    Result<void> take_frame(std::string_view frame);
    void take_record(const GraphFields& fields, std::uint64_t line);
    void take_role(const GraphFields& fields, std::uint64_t line);
    void take_group(const std::string& id, const GraphFields& fields, std::uint64_t line);
    Coverage finish();
    void lacks(Coverage& coverage, std::string what) const;
    void tell_policies(bool is_whole);
    void tell_roles(Coverage& coverage);
    TenantFacts tenant(std::uint64_t line = 0) const {
        TenantFacts facts;
        facts.origin = text_.name();
        facts.line = line;
        return facts;
    }

    Kind kind_;
    TextDecoder& text_;
    EvidenceSink& sink_;
    JsonSplitter splitter_;
    std::uint64_t rows_ = 0, without_id_ = 0;
    bool has_more_ = false;  // the last page names another one
    std::vector<std::pair<ConditionalAccessPolicy, std::uint64_t>> policies_;  // with their lines
    std::uint64_t unknown_principals_ = 0, groups_without_members_ = 0, nameless_roles_ = 0;
};

Result<void> GraphSettingsJson::take(std::string_view record, const TextCursor& at) {
    if (const auto problem = json_problem(record)) {
        TextCursor where = at;
        where.advance(record.substr(0, problem->offset));
        return fail(Errc::input, fmt::format("{}: {}; save the answer again as JSON",
                                             at_cursor(text_.name(), where), problem->what));
    }
    const json object = as_graph_writes(json::parse(record, nullptr, false));
    std::uint64_t wrong_types = 0;
    ++rows_;
    const GraphFields fields(object, wrong_types);
    take_record(fields, at.line());
    if (wrong_types == 0) return {};
    return fail(Errc::input,
                fmt::format("{}: this record has a value of the wrong type; PowerShell cuts what "
                            "is nested: ConvertTo-Json -Depth 10",
                            at_cursor(text_.name(), at)));
}

Result<void> GraphSettingsJson::take_frame(std::string_view frame) {
    const json object = json::parse(frame, nullptr, false);
    const auto link = object.is_object() ? object.find("@odata.nextLink") : object.end();
    has_more_ = object.is_object() && link != object.end() && !link->is_null();
    return {};
}

void GraphSettingsJson::take_record(const GraphFields& fields, std::uint64_t line) {
    if (kind_ == Kind::security_defaults) {
        TenantFacts facts = tenant(line);
        const auto enabled = fields.flag("isEnabled");
        if (enabled) facts.security_defaults = Setting<bool>::of(*enabled);
        if (!enabled) ++without_id_;
        sink_.tenant(facts);
        return;
    }
    if (kind_ == Kind::directory_roles) return take_role(fields, line);
    const std::string id = fields.text("id").value_or("");
    if (id.empty()) {
        ++without_id_;
    } else if (kind_ == Kind::conditional_access) {
        policies_.emplace_back(conditional_access_policy_of(id, fields), line);
    } else if (kind_ == Kind::group_members) {
        take_group(id, fields, line);
    } else {
        AccountFacts facts = mfa_registration_of(id, fields);
        facts.origin = text_.name();
        facts.line = line;
        sink_.account(facts);
    }
}

void GraphSettingsJson::take_group(const std::string& id, const GraphFields& fields,
                                   std::uint64_t line) {
    TenantFacts facts = tenant(line);
    GroupFacts group;
    group.id = id;
    group.name = fields.text("displayName").value_or("");
    group.members = members_of(fields);
    // Large groups come as several records; the last of them has no link to more.
    group.is_complete = !fields.text("transitiveMembers@odata.nextLink");
    facts.groups.push_back(std::move(group));
    sink_.tenant(facts);
}

void GraphSettingsJson::take_role(const GraphFields& fields, std::uint64_t line) {
    const RoleAssignment one = role_assignment_of(fields);
    DirectoryRole role;
    role.template_id = one.role_id;
    std::uint64_t ignored = 0;
    if (const json* definition = fields.object("roleDefinition")) {
        const GraphFields read(*definition, ignored);
        role.name = read.text("displayName").value_or("");
        role.template_id = read.text("templateId").value_or(one.role_id);
    }
    if (one.role_id.empty() || one.principal_id.empty()) {
        ++without_id_;
        return;
    }
    if (role.name.empty()) ++nameless_roles_;
    const auto tell = [&](const std::string& user_id, const std::string& name) {
        AccountFacts facts;
        facts.user_id = user_id;
        facts.user_principal_name = name;
        facts.roles.push_back(role);
        facts.origin = text_.name();
        facts.line = line;
        sink_.account(facts);
    };
    if (one.principal == PrincipalKind::unknown) ++unknown_principals_;
    if (one.principal == PrincipalKind::user) tell(one.principal_id, one.user_name);
    if (one.principal != PrincipalKind::group) return;
    role.by_group = true;
    const GraphFields group(*fields.object("principal"), ignored);
    const bool is_whole =
        group.has("transitiveMembers") && !group.text("transitiveMembers@odata.nextLink");
    if (!is_whole) ++groups_without_members_;
    for (const std::string& member : members_of(group)) tell(member, "");
}

void GraphSettingsJson::lacks(Coverage& coverage, std::string what) const {
    if (coverage.state != CoverageState::complete) return;
    coverage.state = CoverageState::partial;
    coverage.reason = std::move(what);
}

// One record for each, as they stand in the file. Where some are missing, one of those may be the
// one that decides: a policy of which nothing is known stands for them.
void GraphSettingsJson::tell_policies(bool is_whole) {
    if (!is_whole) {
        ConditionalAccessPolicy missing;
        missing.name = fmt::format("a policy that {} leaves out", text_.name());
        missing.client_app_types = {"all"};
        missing.include_applications = missing.include_users = {"All"};
        missing.grant_controls = {"block"};
        policies_.emplace_back(std::move(missing), 0);
    }
    for (auto& [policy, line] : policies_) {
        TenantFacts facts = tenant(line);
        facts.conditional_access.emplace().push_back(std::move(policy));
        sink_.tenant(facts);
    }
    if (!policies_.empty()) return;
    TenantFacts none = tenant();
    none.conditional_access.emplace();
    sink_.tenant(none);
}

void GraphSettingsJson::tell_roles(Coverage& coverage) {
    if (unknown_principals_ > 0)
        lacks(coverage, fmt::format("{} role assignments do not tell whose they are; ask for them "
                                    "with $expand=principal",
                                    group_thousands(unknown_principals_)));
    if (groups_without_members_ > 0)
        lacks(coverage,
              fmt::format("the members of {} groups that hold a role are not in the file; "
                          "scripts/Export-SmtpAuthSettings.ps1 writes them",
                          group_thousands(groups_without_members_)));
    if (nameless_roles_ > 0)
        coverage.notes.push_back(
            fmt::format("{} role assignments without the role's name: taken as an administrator's; "
                        "scripts/Export-SmtpAuthSettings.ps1 writes the names",
                        group_thousands(nameless_roles_)));
    coverage.notes.emplace_back("roles that are only eligible (PIM) are not read");
    TenantFacts facts = tenant();
    facts.roles_complete = coverage.state == CoverageState::complete;
    sink_.tenant(facts);
}

Coverage GraphSettingsJson::finish() {
    Coverage coverage;
    coverage.state = CoverageState::complete;
    coverage.rows = rows_;
    if (has_more_)
        lacks(coverage,
              "the answer has more pages than this file holds (@odata.nextLink); put all of them "
              "into one file, one after the other");
    if (without_id_ > 0)
        lacks(coverage, fmt::format("{} of the rows do not tell what they are of",
                                    group_thousands(without_id_)));
    if (kind_ == Kind::conditional_access) tell_policies(coverage.state == CoverageState::complete);
    if (kind_ == Kind::directory_roles) tell_roles(coverage);
    return coverage;
}

template <Kind kind>
constexpr KindEntry entry(std::string_view id, std::string_view title) {
    return {
        .kind = {.id = id,
                 .title = title,
                 .has_dates = false,
                 .has_record_ids = false,
                 .is_evidence = true},
        .is_json = is_json<kind>,
        .read_json = [](TextDecoder& text, const EvidenceOptions&,
                        EvidenceSink& sink) { return GraphSettingsJson(kind, text, sink).read(); },
    };
}

}  // namespace

constinit const std::array<KindEntry, 5> k_graph_settings_kinds = {
    entry<Kind::security_defaults>("security_defaults", "security defaults (Graph JSON)"),
    entry<Kind::conditional_access>("conditional_access",
                                    "Conditional Access policies (Graph JSON)"),
    entry<Kind::mfa_registration>("mfa_registration", "MFA registration (Graph JSON)"),
    entry<Kind::directory_roles>("directory_roles", "directory roles (Graph JSON)"),
    entry<Kind::group_members>("group_members", "members of groups (Graph JSON)"),
};

}  // namespace smtpaudit
