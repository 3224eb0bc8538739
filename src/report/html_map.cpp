#include "base/text.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_nodes = 36;  // on each side
constexpr double k_line = 22, k_top = 34, k_left = 330, k_right = 680;
constexpr std::size_t k_most_columns = 40;

struct Node {
    std::string id, label, tenant;  // of several tenants; else empty
    Band band = Band::info;
    std::size_t links = 0;  // also those that are not drawn
};

struct Map {
    std::vector<Node> accounts, devices;
    std::vector<std::pair<std::size_t, std::size_t>> edges;
    std::size_t left_out = 0;  // links of the accounts drawn to devices not drawn
};

Node node_of(const Row& row, std::size_t links) {
    const bool named = !row.name.empty() && fold_case(row.name) != row.id;
    std::string label = named ? row.name : row.id;
    if (row.tenant) label += " (" + *row.tenant + ")";
    return {row.id, std::move(label), row.tenant.value_or(""), row.band, links};
}

// The riskiest devices with the accounts that use them: a relay shows many lines on the right, a
// shared password many on the left.
Map make_map(const HtmlRows& rows) {
    Map map;
    for (const Row& row : rows.devices)
        if (!row.linked.empty() && map.devices.size() < k_most_nodes)
            map.devices.push_back(node_of(row, row.linked.size()));
    for (const Row& row : rows.accounts) {
        if (map.accounts.size() == k_most_nodes) break;
        std::vector<std::size_t> targets;
        for (const std::string& device : row.linked) {
            const auto at =
                std::find_if(map.devices.begin(), map.devices.end(), [&](const Node& node) {
                    return node.id == device && node.tenant == row.tenant.value_or("");
                });
            if (at != map.devices.end())
                targets.push_back(static_cast<std::size_t>(at - map.devices.begin()));
        }
        if (targets.empty()) continue;
        map.left_out += row.linked.size() - targets.size();
        for (const std::size_t target : targets)
            map.edges.emplace_back(map.accounts.size(), target);
        map.accounts.push_back(node_of(row, row.linked.size()));
    }
    return map;
}

// Devices without a line to a drawn account say nothing here; the others stand near their accounts.
void tidy(Map& map) {
    std::vector<double> middle(map.devices.size(), 0);
    std::vector<std::size_t> count(map.devices.size(), 0);
    for (const auto& [account, device] : map.edges) {
        middle[device] += static_cast<double>(account);
        ++count[device];
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < map.devices.size(); ++i)
        if (count[i] > 0) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return middle[a] / static_cast<double>(count[a]) <
               middle[b] / static_cast<double>(count[b]);
    });
    std::vector<std::size_t> place(map.devices.size(), 0);
    std::vector<Node> devices;
    for (const std::size_t i : order) {
        place[i] = devices.size();
        devices.push_back(map.devices[i]);
    }
    map.devices = std::move(devices);
    for (auto& edge : map.edges) edge.second = place[edge.second];
}

std::string nodes(const std::vector<Node>& all, bool is_device, double step) {
    std::string out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Node& node = all[i];
        const double y = k_top + step * (static_cast<double>(i) + 0.5);
        const std::string many =
            node.links > 1 ? fmt::format(" · {}", group_thousands(node.links)) : "";
        out += fmt::format(
            "<g class=\"node\" data-{0}=\"{1}\"{10}><circle class=\"b-{2}\" cx=\"{3}\" "
            "cy=\"{4:.1f}\" "
            "r=\"5\"/><text x=\"{5}\" y=\"{6:.1f}\" text-anchor=\"{7}\">{8}{9}</text></g>\n",
            is_device ? "device" : "account", html_text(node.id), to_string(node.band),
            is_device ? k_right : k_left, y, is_device ? k_right + 12 : k_left - 12, y + 4,
            is_device ? "start" : "end",
            html_text(cut_to_width(printable(node.label), k_most_columns)), many,
            node.tenant.empty() ? "" : " data-tenant=\"" + html_text(node.tenant) + "\"");
    }
    return out;
}

}  // namespace

std::string html_map(const HtmlRows& rows) {
    Map map = make_map(rows);
    if (map.edges.empty())
        return "<p>The evidence names no client addresses, so nothing can be drawn. The full "
               "report (Request report) and the sign-ins have them.</p>\n";
    tidy(map);
    const std::size_t most = std::max(map.accounts.size(), map.devices.size());
    const double height = k_top + k_line * static_cast<double>(most) + 6;
    const double left = (height - k_top - 6) / static_cast<double>(map.accounts.size());
    const double right = (height - k_top - 6) / static_cast<double>(map.devices.size());
    std::string out = fmt::format(
        "<p>The riskiest accounts and the addresses they send from. Many lines into one device: a "
        "relay, fix it once. Many lines from one account: one password in many places, split it "
        "first. The number is of all lines, also those not drawn.</p>\n<div class=\"scroll\" "
        "role=\"region\" tabindex=\"0\" aria-label=\"Map\"><svg class=\"map\" viewBox=\"0 0 1010 "
        "{0:.0f}\" role=\"img\" aria-labelledby=\"map-name map-text\"><title id=\"map-name\">"
        "Accounts and their devices</title><desc id=\"map-text\">{1} accounts and {2} devices with "
        "{3} lines. The same links stand in the tables.</desc>\n<text class=\"side\" x=\"{4}\" "
        "y=\"16\" text-anchor=\"end\">Accounts</text><text class=\"side\" x=\"{5}\" y=\"16\">"
        "Devices</text>\n",
        height, map.accounts.size(), map.devices.size(), map.edges.size(), k_left, k_right);
    for (const auto& [account, device] : map.edges) {
        const double y1 = k_top + left * (static_cast<double>(account) + 0.5);
        const double y2 = k_top + right * (static_cast<double>(device) + 0.5);
        out += fmt::format(
            "<path class=\"edge e-{}\" data-a=\"{}\" data-d=\"{}\" d=\"M{} {:.1f}C{} {:.1f} {} "
            "{:.1f} {} {:.1f}\"/>\n",
            to_string(map.accounts[account].band), account, device, k_left, y1, k_left + 140, y1,
            k_right - 140, y2, k_right, y2);
    }
    out += nodes(map.accounts, false, left) + nodes(map.devices, true, right);
    return out + "</svg></div>\n";
}

}  // namespace smtpaudit
