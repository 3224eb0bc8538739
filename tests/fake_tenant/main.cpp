// smtpaudit-fake-tenant: the fake tenant as a program, for the real binary behind HTTPS_PROXY.
#include "base/files.hpp"
#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/fake_tenant.hpp"
#include "fake_tenant/historical_search.hpp"

#include <unistd.h>

#include <fmt/format.h>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <span>
#include <stdexcept>

namespace smtpaudit::fake {
namespace {

constexpr std::string_view k_help =
    "smtpaudit-fake-tenant --tenant-file FILE [options]\n"
    "A made-up Microsoft 365 tenant on 127.0.0.1 for tests and demonstrations.\n\n"
    "  --tenant-file FILE   the tenant (tests/fake_tenant/contoso.json)\n"
    "  --for SECONDS        ends after this time, 1 to 3600 (300)\n"
    "  --https-port N       services by TLS; 0 any free port (0)\n"
    "  --proxy-port N       HTTP proxy for CONNECT; 0 any free port (0)\n"
    "  --plain-port N       services without TLS, for tools that cannot do it (none)\n"
    "  --write-ca FILE      writes the authority's certificate (PEM)\n"
    "  --write-ports FILE   writes https=, proxy=, plain= lines, when all ports listen\n"
    "  --fault JSON         a fault plan (README.md); @FILE reads it from a file\n"
    "  --log FILE           one JSON line for each request\n"
    "  --certificate FILE   registers a certificate (PEM) for the first app\n"
    "  --now INSTANT        the services' hour at the start (the real one)\n"
    "  --time-scale X       service seconds in a real one (1)\n"
    "  --clock-offset S     seconds the services' clock is ahead (0)\n"
    "  --token-life S       seconds a token lives (3599)\n"
    "  --token-prefix TEXT  what every token, code and refresh token begins with (fake)\n"
    "  --write-reports DIR  writes the file of each report job there when it is done\n"
    "  --latency MS         of each page of sign-ins (0)\n"
    "  --proxy-auth U:P     the proxy asks for this user and password\n"
    "  --no-throttle        no limit on requests\n"
    "Prints `ready https=PORT proxy=PORT` and ends itself, or at SIGTERM and SIGINT.\n";

struct Usage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Settings {
    std::string tenant_file, ca_file, ports_file, faults, log_file, certificate_file,
        reports_folder;
    long run_for = 300;
    Options options;
};

template <typename T>
T number(const std::string& option, const std::string& text, T least, T most) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        throw Usage(fmt::format("{} needs a number from {} to {}", option, least, most));
    return value;
}

std::string read_file(const std::string& path) {
    const SystemFiles files;
    auto text = read_text(files, path, std::size_t{64} * 1024 * 1024);
    if (!text) throw Usage(text.error().message);
    return *text;
}

// Appears whole or not at all, so that a script can wait for it.
void write_file(const std::string& path, const std::string& text) {
    SystemFiles files;
    auto file = files.create(path);
    if (!file || !(*file)->write(text) || !(*file)->commit())
        throw Usage(path + ": cannot be written");
}

void set_option(Settings& settings, const std::string& name, const std::string& value) {
    Options& options = settings.options;
    const auto port = [&] { return number<std::uint16_t>(name, value, 0, 65535); };
    const auto seconds = [&](long least, long most) {
        return std::chrono::seconds(number<long>(name, value, least, most));
    };
    if (name == "--tenant-file")
        settings.tenant_file = value;
    else if (name == "--write-ca")
        settings.ca_file = value;
    else if (name == "--write-ports")
        settings.ports_file = value;
    else if (name == "--fault")
        settings.faults = value;
    else if (name == "--log")
        settings.log_file = value;
    else if (name == "--write-reports")
        settings.reports_folder = value;
    else if (name == "--certificate")
        settings.certificate_file = value;
    else if (name == "--for")
        settings.run_for = number<long>(name, value, 1, 3600);
    else if (name == "--https-port")
        options.https_port = port();
    else if (name == "--proxy-port")
        options.proxy_port = port();
    else if (name == "--plain-port")
        options.plain_port = port();
    else if (name == "--time-scale")
        options.time_scale = number<double>(name, value, 0.01, 1000);
    else if (name == "--clock-offset")
        options.clock_offset = seconds(-864000, 864000);
    else if (name == "--token-life")
        options.tokens.life = seconds(1, 864000);
    else if (name == "--token-prefix")
        options.tokens.prefix = value;
    else if (name == "--latency")
        options.latency = milliseconds(number<long>(name, value, 0, 600000));
    else if (name == "--proxy-auth")
        options.proxy_credentials = value;
    else if (name == "--now") {
        const auto instant = parse_iso_instant(value);
        if (!instant) throw Usage("--now needs an instant such as 2026-11-22T10:00:00Z");
        options.now = instant->at;
    } else {
        throw Usage("unknown option " + name + " (see --help)");
    }
}

Settings read_settings(std::span<char*> arguments) {
    Settings settings;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string name = arguments[i];
        if (name == "--no-throttle") {
            settings.options.throttle.enabled = false;
            continue;
        }
        if (i + 1 == arguments.size()) throw Usage(name + " needs a value (see --help)");
        set_option(settings, name, arguments[++i]);
    }
    if (settings.tenant_file.empty()) throw Usage("--tenant-file is missing (see --help)");
    return settings;
}

// Neither bodies nor headers: they hold secrets, even if made-up ones.
std::string log_line(const Record& record) {
    return fmt::format(
        R"({{"ms":{},"connection":{},"method":{},"scheme":{},"host":{},"path":{},"query":{},)"
        R"("proxy":{},"status":{},"fault":{},"violation":{}}})",
        record.at.count(), record.connection, json_string(record.method),
        json_string(record.scheme), json_string(record.host), json_string(record.path),
        json_string(record.query), record.via_proxy, record.status, json_string(record.fault),
        json_string(record.violation));
}

int serve(Settings settings) {
    auto spec = parse_tenant(read_file(settings.tenant_file), settings.tenant_file);
    if (!spec) throw Usage(spec.error().message);
    if (!settings.certificate_file.empty()) {
        if (spec->apps.empty()) throw Usage("--certificate: the tenant has no app");
        spec->apps.front().certificates.push_back(read_file(settings.certificate_file));
    }
    FaultPlan plan;
    if (!settings.faults.empty()) {
        const bool file = settings.faults.starts_with('@');
        auto faults = parse_faults(file ? read_file(settings.faults.substr(1)) : settings.faults);
        if (!faults) throw Usage(faults.error().message);
        plan = std::move(*faults);
    }
    std::ofstream log;
    if (!settings.log_file.empty()) {
        log.open(settings.log_file);
        settings.options.on_request = [&log](const Record& record) {
            log << log_line(record) << std::endl;  // a reader follows it
        };
    }

    if (!settings.reports_folder.empty())
        settings.options.on_report = [&settings](const std::string& name,
                                                 const std::string& bytes) {
            write_file(settings.reports_folder + "/" + name, as_utf16(bytes));
        };

    // Blocked before any thread starts, so that they all leave them to sigtimedwait below.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    FakeTenant tenant(std::move(*spec), settings.options);
    tenant.plan(std::move(plan));
    if (!settings.ca_file.empty()) write_file(settings.ca_file, tenant.ca_pem());
    std::string ports =
        fmt::format("https={}\nproxy={}\n", tenant.https_port(), tenant.proxy_port());
    if (tenant.plain_port() != 0) ports += fmt::format("plain={}\n", tenant.plain_port());
    if (!settings.ports_file.empty()) write_file(settings.ports_file, ports);
    std::cout << fmt::format("ready https={} proxy={}", tenant.https_port(), tenant.proxy_port())
              << std::endl;
    const timespec limit{settings.run_for, 0};
    sigtimedwait(&ends, nullptr, &limit);
    tenant.stop();
    return 0;
}

}  // namespace
}  // namespace smtpaudit::fake

int main(int argc, char** argv) {
    const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() == 2 && std::string_view(arguments[1]) == "--help") {
        std::cout << smtpaudit::fake::k_help;
        return 0;
    }
    try {
        return smtpaudit::fake::serve(smtpaudit::fake::read_settings(arguments));
    } catch (const std::exception& error) {
        std::cerr << "smtpaudit-fake-tenant: " << error.what() << '\n';
        return 2;
    }
}
