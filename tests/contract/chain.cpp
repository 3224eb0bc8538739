#include "contract/chain.hpp"

#include "auth/clouds.hpp"
#include "model/facts.hpp"
#include "support/recording_sink.hpp"

#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <utility>

namespace smtpaudit::contract {
namespace {

fake::Options services_of(const ChainOptions& options) {
    fake::Options services = options.services;
    if (!services.now) services.now = parse_iso_instant(k_now).value().at;
    services.throttle.enabled = options.throttle;
    return services;
}

CurlSettings curl_of(ChainOptions& options, const fake::FakeTenant& tenant) {
    CurlSettings settings = std::move(options.curl);
    settings.user_agent = "smtpaudit/contract";
    if (settings.ca_blob.empty()) settings.ca_blob = tenant.ca_pem();
    if (settings.proxy.empty()) settings.connect_to.push_back(tenant.connect_to());
    return settings;
}

std::unique_ptr<TokenSource> source_of(const ChainOptions& options, const SignInContext& context) {
    if (options.credential != nullptr) return options.credential(context);
    return client_secret_source(context,
                                {all_clouds().data(), "contoso.onmicrosoft.com", k_client_id},
                                Secret(std::string(options.secret)));
}

// RecordingSink counts facts; here their contents are compared too.
class Lines final : public EvidenceSink {
public:
    std::vector<std::string> lines;
    void observe(const Observation& seen) override {
        test::RecordingSink one;
        one.observe(seen);
        lines.push_back(fmt::format("{} {} {} {} {} {} {}", one.seen.front(), seen.user_id,
                                    seen.sign_ins, seen.error_code, seen.user_agent, seen.app,
                                    seen.country));
    }
    void account(const AccountFacts& facts) override {
        lines.push_back(facts.user_id + ' ' + facts.user_principal_name);
    }
    void tenant(const TenantFacts& facts) override {
        lines.push_back(facts.name.value_or("-"));
        for (const OauthApp& app : facts.oauth_apps)
            lines.push_back(fmt::format("{}|{}|{}|{}|{}", app.app_id, app.name, app.how,
                                        app.consent, app.principal));
        for (const MailboxSmtpUse& use : facts.smtp_used)
            lines.push_back("used SMTP: " + use.user_principal_name);
        for (const Announcement& post : facts.announcements)
            lines.push_back(fmt::format("{}: {} dates", post.id, post.dates.size()));
    }
};

}  // namespace

fake::TenantSpec contoso() {
    std::ifstream file(SMTPAUDIT_SOURCE_DIR "/tests/fake_tenant/contoso.json");
    std::ostringstream text;
    text << file.rdbuf();
    auto spec = fake::parse_tenant(text.str(), "contoso.json");
    REQUIRE(spec);
    spec->sign_ins.days = 1;
    spec->sign_ins.end = parse_iso_instant(k_now).value().at;
    return *spec;
}

Chain::Chain(ChainOptions options)
    : tenant(options.tenant, services_of(options)),
      used_clock_(options.clock != nullptr ? *options.clock : clock),
      random_(options.random != nullptr ? *options.random : own_random_),
      curl_(CurlHttp::create(curl_of(options, tenant)).value()),
      trace_(*curl_, log_, used_clock_),
      source_(source_of(options, {trace_, used_clock_, random_})),
      tokens_(*source_, used_clock_),
      bearer_(trace_, tokens_, all_clouds().front().services()),
      paced_(bearer_, {used_clock_, random_, RetryPolicy{}, &rate_,
                       [this](const WaitNotice& notice) {
                           {
                               const std::lock_guard lock(mutex_);
                               notices_.push_back(notice);
                           }
                           if (on_wait) on_wait(notice);
                       }}),
      unpaced_(bearer_, {used_clock_, random_, RetryPolicy{}, nullptr, {}}) {}

PullContext Chain::context(const LiveSource& source) {
    HttpClient& http = source.budget == k_graph_sign_ins.budget ? paced_ : unpaced_;
    PullContext context{.http = http,
                        .clock = used_clock_,
                        .graph_url = "https://graph.microsoft.com",
                        .from = from,
                        .to = parse_iso_instant(k_now).value().at,
                        .in_flight = in_flight,
                        .page_limit = page_limit,
                        .progress = {},
                        .stop = stop.get_token()};
    context.exchange_url = "https://outlook.office365.com";
    context.bare_http = curl_.get();
    context.tenant = "contoso.onmicrosoft.com";
    return context;
}

Pulled Chain::pull(const LiveSource& source) {
    Lines sink;
    PullContext used = context(source);
    Coverage coverage = source.pull(used, sink);
    return {std::move(coverage), std::move(sink.lines)};
}

HttpResult Chain::get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return paced_.send(request, stop.get_token());
}

std::vector<WaitNotice> Chain::notices() const {
    const std::lock_guard lock(mutex_);
    return notices_;
}

Waits Chain::waits() const {
    Waits waits;
    for (const WaitNotice& notice : notices()) waits.push_back(notice.delay);
    return waits;
}

std::vector<fake::Record> Chain::requests(std::string_view part) const {
    std::vector<fake::Record> found;
    for (const fake::Record& record : tenant.records())
        if (contains(record.host + record.path, part)) found.push_back(record);
    return found;
}

const std::vector<std::string>& whole_half_day() {
    static const std::vector<std::string> rows = [] {
        Chain chain;
        Pulled pulled = chain.pull();
        REQUIRE(pulled.coverage.state == CoverageState::complete);
        REQUIRE(pulled.rows.size() > 100);
        return pulled.rows;
    }();
    return rows;
}

Fault on_sign_ins(Action action, std::vector<unsigned> nth) {
    Fault fault;
    fault.path = "signIns";
    fault.action = action;
    fault.nth = std::move(nth);
    return fault;
}

Fault status_on_sign_ins(int status, std::vector<unsigned> nth, std::string retry_after) {
    Fault fault = on_sign_ins(Action::status, std::move(nth));
    fault.status = status;
    fault.retry_after = std::move(retry_after);
    return fault;
}

Fault short_pages(std::size_t rows) {
    Fault fault = on_sign_ins(Action::short_page);
    fault.rows = rows;
    return fault;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace smtpaudit::contract
