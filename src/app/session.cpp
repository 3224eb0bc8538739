#include "app/session.hpp"

#include "app/connection.hpp"
#include "net/trace.hpp"

#include <stdexcept>

namespace smtpaudit {

Result<std::unique_ptr<Session>> Session::open(const CommandContext& context) {
    World& world = context.world;
    SA_TRY(SignInSettings settings, sign_in_settings(context));
    SA_TRY(CurlSettings network_settings, network_settings_of(context));
    SA_TRY(auto network, world.make_http(std::move(network_settings)));
    auto trace = std::make_unique<TraceClient>(*network, context.log, world.clock);
    SA_TRY(SignIn sign_in,
           make_sign_in(settings, SignInContext{*trace, world.clock, world.random}));
    return std::unique_ptr<Session>(
        new Session(context, std::move(network), std::move(trace), std::move(sign_in)));
}

Session::Session(const CommandContext& context, std::unique_ptr<HttpClient> network,
                 std::unique_ptr<HttpClient> trace, SignIn sign_in)
    : context_(context),
      network_(std::move(network)),
      trace_(std::move(trace)),
      sign_in_(std::move(sign_in)),
      tokens_(*sign_in_.source, context.world.clock),
      bearer_(*trace_, tokens_, sign_in_.cloud->services()) {}

HttpClient& Session::http(std::string_view name) {
    if (const auto known = chains_.find(name); known != chains_.end()) return known->second.retry;
    const ThrottleBudget* budget = find_budget(name);
    if (budget == nullptr) throw std::out_of_range("no such throttle budget");
    const auto on_wait = [this, name = budget->name](const WaitNotice& notice) {
        if (on_wait_) on_wait_(name, notice);
    };
    const RetryParts parts{context_.world.clock, context_.world.random, {}, nullptr, on_wait};
    return chains_.try_emplace(std::string(name), budget->rate, bearer_, parts).first->second.retry;
}

PullContext Session::pull_context(const LiveSource& source) {
    const auto base_url = [](const CloudService& service) {
        return service.host.empty() ? std::string() : service.base_url();
    };
    PullContext pull{.http = http(source.budget),
                     .clock = context_.world.clock,
                     .graph_url = base_url(cloud().graph),
                     .from = {},
                     .to = {},
                     .progress = {},
                     .stop = context_.world.stop,
                     .exchange_url = base_url(cloud().exchange),
                     .log_analytics_url = base_url(cloud().log_analytics),
                     .bare_http = network_.get(),
                     .tenant = tenant(),
                     .person = person_};
    return pull;
}

}  // namespace smtpaudit
