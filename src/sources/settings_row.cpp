#include "sources/settings_row.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::array<std::string_view, k_settings_properties> k_names = {
    "PrimarySmtpAddress",
    "WindowsEmailAddress",
    "UserPrincipalName",
    "ExternalDirectoryObjectId",
    "EmailAddresses",
    "RecipientTypeDetails",
    "AccountDisabled",
    "SmtpClientAuthenticationDisabled",
    "AuthenticationPolicy",
    "AllowLegacyTLSClients",
    "DefaultAuthenticationPolicy",
    "RejectDirectSend",
    "AllowBasicAuthSmtp",
    "Identity",
    "Name",
    "DistinguishedName",
    "Enabled",
    "ConnectorType",
    "RequireTls",
    "SenderDomains",
    "SenderIPAddresses",
    "TlsSenderCertificateName",
    "DomainName",
    "DomainType",
    "Default",
    "InitialDomain",
};

bool is_list_property(SettingsProperty property) {
    return property == SettingsProperty::email_addresses ||
           property == SettingsProperty::sender_domains ||
           property == SettingsProperty::sender_ip_addresses;
}

// What Export-Csv writes for a list that nobody joined: "System.Object[]",
// "Microsoft.Exchange.Data.ProxyAddressCollection".
bool is_type_name(std::string_view cell) {
    return cell.starts_with("System.") || cell.starts_with("Microsoft.") ||
           cell.starts_with("Deserialized.");
}

// Finds the wanted properties of one record and keeps their values.
class RowHandler {
public:
    explicit RowHandler(SettingsRow& row) : row_(row) {}

    void start_object() {
        if (frames_.empty() && is_over_) not_one_ = true;
        frames_.push_back({true, Inner::other});
    }
    void end_object() { leave(); }
    void start_array() {
        if (frames_.empty()) not_one_ = true;
        if (frames_.size() == 1 && property_) row_.begin_list(*property_);
        if (frames_.size() == 2 && frames_.back().is_object &&
            frames_.back().inner == Inner::value && property_)
            row_.begin_list(*property_);
        frames_.push_back({false, Inner::other});
    }
    void end_array() { leave(); }
    void key(const JsonText& key) {
        const std::string_view name = key.decode(room_);
        if (frames_.size() == 1) {
            property_ = parse_settings_property(name);
            has_value_ = false;
            return;
        }
        frames_.back().inner = equals_ignoring_case(name, "value")                ? Inner::value
                               : equals_ignoring_case(name, "Name")               ? Inner::name
                               : equals_ignoring_case(name, "ProxyAddressString") ? Inner::name
                                                                                  : Inner::other;
    }
    void text(const JsonText& text) { scalar(text.decode(room_)); }
    void number(std::string_view raw, bool /*is_integer*/) { scalar(raw); }
    void boolean(bool value) { scalar(value ? "True" : "False"); }
    void null() {
        if (frames_.empty()) not_one_ = true;
        if (!property_) return;
        if (frames_.size() == 1 || (frames_.size() == 2 && frames_.back().inner == Inner::value))
            row_.set_null(*property_);
    }
    bool is_one_object() const { return is_over_ && !not_one_; }

private:
    enum class Inner : std::uint8_t { other, value, name };  // the key inside a wrapped value
    struct Frame {
        bool is_object;
        Inner inner;
    };

    void leave() {
        frames_.pop_back();
        is_over_ |= frames_.empty();
    }

    // Wrapped: {"value":"x"} as a value or an element; of an object with a Name, the name.
    void scalar(std::string_view text) {
        if (frames_.empty()) not_one_ = true;
        if (!property_) return;
        const auto depth = frames_.size();
        if (depth == 1) {
            row_.set_text(*property_, text);
        } else if (depth == 2 && frames_[1].is_object) {
            if (frames_[1].inner == Inner::other || has_value_) return;
            has_value_ = frames_[1].inner == Inner::value;
            row_.set_text(*property_, text);
        } else if (depth == 2) {
            row_.add_to_list(*property_, text);
        } else if (depth == 3 && frames_[1].is_object != frames_[2].is_object) {
            const Inner inner = frames_[1].is_object ? frames_[1].inner : frames_[2].inner;
            if (inner != Inner::other) row_.add_to_list(*property_, text);
        }
    }

    SettingsRow& row_;
    std::vector<Frame> frames_;
    std::optional<SettingsProperty> property_;
    bool has_value_ = false;  // of the wrapped value: "value" came, and wins over "Name"
    bool is_over_ = false, not_one_ = false;
    std::string room_;
};

}  // namespace

std::string_view to_string(SettingsProperty property) {
    return k_names[static_cast<std::size_t>(property)];
}

std::optional<SettingsProperty> parse_settings_property(std::string_view name) {
    name = trim(name);
    for (std::size_t i = 0; i < k_names.size(); ++i)
        if (equals_ignoring_case(k_names[i], name)) return static_cast<SettingsProperty>(i);
    return std::nullopt;
}

void SettingsRow::clear() {
    for (Value& value : values_) {
        value.state = State::absent;
        value.is_list = value.is_type_name = false;
        value.text.clear();
        value.list.clear();
    }
}

void SettingsRow::set_null(SettingsProperty property) { at(property).state = State::null; }

void SettingsRow::set_text(SettingsProperty property, std::string_view text) {
    Value& value = at(property);
    value.state = State::present;
    value.text = text;
}

void SettingsRow::begin_list(SettingsProperty property) {
    Value& value = at(property);
    value.state = State::present;
    value.is_list = true;
}

void SettingsRow::add_to_list(SettingsProperty property, std::string_view text) {
    begin_list(property);
    at(property).list.emplace_back(text);
}

void SettingsRow::set_cell(SettingsProperty property, std::string_view cell) {
    cell = trim(cell);
    if (cell.empty()) return set_null(property);
    if (!is_list_property(property)) return set_text(property, cell);
    begin_list(property);
    if (is_type_name(cell)) {
        at(property).is_type_name = true;
        return;
    }
    while (!cell.empty()) {
        const std::size_t end = std::min(cell.find_first_of(";, \t\r\n"), cell.size());
        if (end > 0) add_to_list(property, cell.substr(0, end));
        cell.remove_prefix(std::min(end + 1, cell.size()));
    }
}

std::optional<JsonProblem> parse_settings_row(std::string_view json, SettingsRow& row) {
    row.clear();
    RowHandler handler(row);
    if (auto problem = JsonScanner<RowHandler>(json, handler).run()) return problem;
    if (!handler.is_one_object()) return JsonProblem{0, "not one object", false};
    return std::nullopt;
}

}  // namespace smtpaudit
