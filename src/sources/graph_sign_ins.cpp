#include "sources/graph_sign_ins.hpp"

#include "sources/null_sink.hpp"
#include "sources/sign_in_pull.hpp"

#include <array>

namespace smtpaudit {
namespace {

constexpr std::array<Permission, 1> k_permissions = {
    {{"AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da",
      "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"}}};

Coverage pull_sign_ins(PullContext& context, EvidenceSink& sink) {
    return SignInPull(context, sink, k_graph_sign_ins).run();
}

// One row of the last hour: the same API, permission and licence.
Coverage probe_sign_ins(PullContext& context) {
    NullSink nobody;
    PullContext narrow = context;
    narrow.to = context.clock.now();
    narrow.from = narrow.to - std::chrono::hours(1);
    narrow.in_flight = 1;
    narrow.progress = {};
    Coverage coverage = SignInPull(narrow, nobody, k_graph_sign_ins).run();
    coverage.notes.clear();
    return coverage;
}

}  // namespace

constinit const LiveSource k_graph_sign_ins = {
    .id = "sign_ins",
    .title = "Entra sign-in logs (Microsoft Graph)",
    .permissions = k_permissions,
    .roles = "Reports Reader, Security Reader or Global Reader",
    .licence = "Entra ID P1 or P2",
    .retention = "30 days",
    .budget = "entra-reports",
    .pull = pull_sign_ins,
    .probe = probe_sign_ins,
    .tier = "senders",
    .by_hand =
        "export by hand: Entra admin center, Monitoring and health, Sign-in logs, Client app = "
        "Authenticated SMTP, Download JSON, both user sign-in tabs, and give the files as FILE",
};

}  // namespace smtpaudit
