#include "analysis/machine_address.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_service_ranges;
}

namespace {

const std::vector<IpRange>& service_ranges() {
    static const std::vector<IpRange> ranges = [] {
        std::vector<IpRange> made;
        const auto document = nlohmann::json::parse(embedded::k_service_ranges);
        for (const auto& text : document.at("ranges")) {
            const auto range = parse_ip_range(text.get<std::string>());
            if (!range) throw std::logic_error("service_ranges.json holds what is no range");
            made.push_back(*range);
        }
        return made;
    }();
    return ranges;
}

}  // namespace

bool names_a_machine(const IpAddress& address) {
    if (address.is_private()) return false;
    const auto& ranges = service_ranges();
    return std::none_of(ranges.begin(), ranges.end(),
                        [&](const IpRange& range) { return range.contains(address); });
}

}  // namespace smtpaudit
