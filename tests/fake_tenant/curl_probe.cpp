#include "fake_tenant/curl_probe.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace smtpaudit::fake {

namespace {

struct Body {
    Seen& seen;
    std::size_t cap;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
    auto* body = static_cast<Body*>(to);
    body->seen.bytes += size;
    if (body->seen.bytes > body->cap) return 0;
    body->seen.body.append(data, size);
    return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* to) {
    const std::string_view line(data, size);
    if (const auto colon = line.find(':'); colon != std::string_view::npos)
        static_cast<Seen*>(to)->headers[ascii_lower(line.substr(0, colon))] =
            std::string(trim(line.substr(colon + 1)));
    return size;
}

}  // namespace

Probe::Probe(const FakeTenant& tenant, bool by_proxy)
    : tenant_(tenant), by_proxy_(by_proxy), handle_(curl_easy_init()) {}
Probe::~Probe() { curl_easy_cleanup(handle_); }

Seen Probe::send(const std::string& url, const std::vector<std::string>& headers,
                 const char* form) {
    Seen seen;
    Body body{seen, cap};
    curl_easy_reset(handle_);
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(handle_, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle_, CURLOPT_HEADERDATA, &seen);
    curl_easy_setopt(handle_, CURLOPT_SSLVERSION, tls_least);
    if (!ciphers.empty()) curl_easy_setopt(handle_, CURLOPT_SSL_CIPHER_LIST, ciphers.c_str());
    curl_blob authority{const_cast<char*>(tenant_.ca_pem().data()), tenant_.ca_pem().size(),
                        CURL_BLOB_COPY};
    if (trust) curl_easy_setopt(handle_, CURLOPT_CAINFO_BLOB, &authority);
    curl_slist* connect = nullptr;
    const std::string proxy = tenant_.proxy_url();
    if (by_proxy_) {
        curl_easy_setopt(handle_, CURLOPT_PROXY, proxy.c_str());
        if (!proxy_credentials.empty())
            curl_easy_setopt(handle_, CURLOPT_PROXYUSERPWD, proxy_credentials.c_str());
    } else {
        curl_easy_setopt(handle_, CURLOPT_PROXY, "");
        connect = curl_slist_append(nullptr, tenant_.connect_to().c_str());
        curl_easy_setopt(handle_, CURLOPT_CONNECT_TO, connect);
    }
    curl_slist* list = nullptr;
    for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, list);
    if (form != nullptr) curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, form);
    seen.code = curl_easy_perform(handle_);
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &seen.status);
    curl_slist_free_all(list);
    curl_slist_free_all(connect);
    return seen;
}

Seen Probe::get(const std::string& url, const std::vector<std::string>& headers) {
    return send(url, headers, nullptr);
}
Seen Probe::post(const std::string& url, const std::string& form) {
    return send(url, {}, form.c_str());
}
Seen Probe::ask(const std::string& url) { return get(url, {"Authorization: Bearer " + token}); }

std::string Probe::sign_in(const std::string& resource) {
    const Seen seen = post(k_token_url, std::string("grant_type=client_credentials&client_id=") +
                                            k_app + "&client_secret=contoso-demo-secret&scope=" +
                                            percent_encode(resource + "/.default"));
    REQUIRE(seen.status == 200);
    token = nlohmann::json::parse(seen.body)["access_token"].get<std::string>();
    return token;
}

TenantSpec contoso() {
    std::ifstream file(SMTPAUDIT_SOURCE_DIR "/tests/fake_tenant/contoso.json");
    std::ostringstream text;
    text << file.rdbuf();
    auto spec = parse_tenant(text.str(), "contoso.json");
    REQUIRE(spec);
    spec->sign_ins.days = 7;
    spec->sign_ins.end = parse_iso_instant("2026-11-22T00:00:00Z")->at;
    return *spec;
}

Pulled pull(Probe& probe, std::string url, std::size_t max_pages) {
    Pulled pulled;
    while (!url.empty() && pulled.page_sizes.size() < max_pages) {
        const Seen seen = probe.ask(url);
        REQUIRE(seen.code == CURLE_OK);
        INFO(seen.body.substr(0, 300));
        REQUIRE(seen.status == 200);
        const auto page = nlohmann::json::parse(seen.body);
        for (const auto& row : page["value"]) pulled.ids.push_back(row["id"].get<std::string>());
        pulled.page_sizes.push_back(page["value"].size());
        url.clear();
        if (page.contains("@odata.nextLink")) {
            url = page["@odata.nextLink"].get<std::string>();
            pulled.links.push_back(url);
        }
    }
    return pulled;
}

}  // namespace smtpaudit::fake
