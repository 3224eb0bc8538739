#include "net/curl_http.hpp"

#include "net/send_rules.hpp"
#include "net/url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace smtpaudit {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t k_header_bytes = std::size_t{256} * 1024;

// curl_easy_setopt's own macro checks types only for constant options; in parentheses the function.
template <typename T>
bool set(CURL* easy, CURLoption option, T value) {
    return (curl_easy_setopt)(easy, option, value) == CURLE_OK;
}

template <typename T>
T info(CURL* easy, CURLINFO which) {
    T value{};
    (void)(curl_easy_getinfo)(easy, which, &value);
    return value;
}

// What libcurl takes its memory from. Requests with tokens and forms with secrets pass through buffers
// of its own, which it gives back as they are; so nothing is given back unwiped. A block's size stands
// before it.
constexpr std::size_t k_head = alignof(std::max_align_t);
static_assert(k_head >= sizeof(std::size_t));

void* take_block(std::size_t size) noexcept {
    if (size > SIZE_MAX - k_head) return nullptr;
    auto* block = static_cast<std::byte*>(std::malloc(k_head + size));
    if (block == nullptr) return nullptr;
    std::memcpy(block, &size, sizeof size);
    return block + k_head;
}

std::size_t size_of_block(const void* memory) noexcept {
    std::size_t size = 0;
    std::memcpy(&size, static_cast<const std::byte*>(memory) - k_head, sizeof size);
    return size;
}

void wipe_block(void* memory) noexcept {
    if (memory == nullptr) return;
    explicit_bzero(memory, size_of_block(memory));
    std::free(static_cast<std::byte*>(memory) - k_head);
}

void* resize_block(void* memory, std::size_t size) noexcept {
    void* other = take_block(size);
    if (memory == nullptr || other == nullptr) return other;
    std::memcpy(other, memory, std::min(size, size_of_block(memory)));
    wipe_block(memory);
    return other;
}

char* copy_block(const char* text) noexcept {
    const std::size_t size = std::strlen(text) + 1;
    void* copy = take_block(size);
    return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text, size));
}

void* take_zeroed_block(std::size_t count, std::size_t each) noexcept {
    if (each != 0 && count > SIZE_MAX / each) return nullptr;
    void* memory = take_block(count * each);
    return memory == nullptr ? nullptr : std::memset(memory, 0, count * each);
}

CURLcode start_curl() {
    // libcurl would write the keys of every connection to the file that this variable names, and
    // who has them reads the tokens in a recording of the traffic.
    ::unsetenv("SSLKEYLOGFILE");
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, take_block, wipe_block, resize_block,
                                copy_block, take_zeroed_block);
}

// A list of header lines, wiped when it goes: Authorization is one of them.
class HeaderList {
public:
    HeaderList() = default;
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    ~HeaderList() {
        for (curl_slist* item = list_; item != nullptr; item = item->next)
            explicit_bzero(item->data, std::strlen(item->data));
        curl_slist_free_all(list_);
    }
    bool add(const char* line) {
        curl_slist* longer = curl_slist_append(list_, line);
        if (longer != nullptr) list_ = longer;
        return longer != nullptr;
    }
    curl_slist* get() const { return list_; }

private:
    curl_slist* list_ = nullptr;
};

// Name look-ups and TLS sessions that all handles share.
class Share {
public:
    Share() : share_(curl_share_init()) {
        curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &Share::lock);
        curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &Share::unlock);
        curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { curl_share_cleanup(share_); }
    CURLSH* get() const { return share_; }

private:
    static void lock(CURL*, curl_lock_data what, curl_lock_access, void* self) noexcept {
        static_cast<Share*>(self)->mutexes_.at(static_cast<std::size_t>(what)).lock();
    }
    static void unlock(CURL*, curl_lock_data what, void* self) noexcept {
        static_cast<Share*>(self)->mutexes_.at(static_cast<std::size_t>(what)).unlock();
    }
    CURLSH* share_;
    std::array<std::mutex, CURL_LOCK_DATA_LAST> mutexes_;
};

// One transfer at a time, with the connections it keeps.
struct Handle {
    CURL* easy = curl_easy_init();
    CURLM* multi = curl_multi_init();
    std::size_t generation = 0;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
    }
};

// Room for the answer of a token endpoint, so that it does not grow and leave copies behind.
constexpr std::size_t k_small_body = std::size_t{16} * 1024;

// What the callbacks fill.
struct Transfer {
    explicit Transfer(std::size_t cap) : max_body(cap) {
        response.body.reserve(std::min(cap, k_small_body));
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    // Empty unless the transfer failed; half a token is a secret too.
    ~Transfer() { wipe(response.body); }

    const std::size_t max_body;
    HttpResponse response;
    std::size_t header_bytes = 0;
    bool too_large = false;
    int sent = 0;  // how often libcurl began to send the request
    std::optional<Steady::time_point> last_byte;  // absent: the answer has not begun
    std::array<char, CURL_ERROR_SIZE> error_text{};
};

std::size_t on_body(const char* data, std::size_t, std::size_t size, void* to) noexcept {
    auto& transfer = *static_cast<Transfer*>(to);
    // libcurl 7.88 ignores MAXFILESIZE for chunked and for unpacked bytes, so the cap is here.
    if (size > transfer.max_body - transfer.response.body.size()) {
        transfer.too_large = true;
        return 0;
    }
    transfer.response.body.append(data, size);
    transfer.last_byte = Steady::now();
    return size;
}

std::size_t on_header(const char* data, std::size_t, std::size_t size, void* to) noexcept {
    auto& transfer = *static_cast<Transfer*>(to);
    transfer.last_byte = Steady::now();
    transfer.header_bytes += size;
    if (transfer.header_bytes > k_header_bytes) {
        transfer.too_large = true;
        return 0;
    }
    std::string_view line(data, size);
    // A new block: what came before was a 1xx answer.
    if (line.starts_with("HTTP/")) transfer.response.headers.clear();
    const auto colon = line.find(':');
    // After the body only trailers come; they must not pass for headers.
    if (colon == std::string_view::npos || !transfer.response.body.empty()) return size;
    std::string_view value = line.substr(colon + 1);
    const auto first = value.find_first_not_of(" \t\r\n");
    value = first == std::string_view::npos ? std::string_view() : value.substr(first);
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    transfer.response.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
    return size;
}

// Called before the request goes out on a connection. libcurl would send it again by itself when a
// kept connection dies before the answer's first byte: without a token of the pace, and under the
// same client-request-id. Trying again is the retry layer's work, so the second time is refused.
int on_send(void* to, char*, char*, int, int) noexcept {
    return ++static_cast<Transfer*>(to)->sent > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

enum class End { done, stopped, stalled };

// Runs the transfer of `handle` to its end, or until a stop or a stall.
std::pair<End, CURLcode> run(const Handle& handle, const Transfer& transfer,
                             std::chrono::milliseconds stall, const std::stop_token& stop) {
    const std::stop_callback wake(stop, [&handle] { curl_multi_wakeup(handle.multi); });
    const int poll_ms = static_cast<int>(std::clamp<long long>(stall.count(), 1, 60'000));
    std::pair<End, CURLcode> end{End::done, CURLE_OK};
    if (curl_multi_add_handle(handle.multi, handle.easy) != CURLM_OK)
        return {End::done, CURLE_FAILED_INIT};
    while (true) {
        int running = 0;
        if (curl_multi_perform(handle.multi, &running) != CURLM_OK) {
            end.second = CURLE_FAILED_INIT;
            break;
        }
        int left = 0;
        const CURLMsg* message = curl_multi_info_read(handle.multi, &left);
        if (message != nullptr && message->msg == CURLMSG_DONE) {
            end.second = message->data.result;
            break;
        }
        if (stop.stop_requested()) {
            end.first = End::stopped;
            break;
        }
        if (transfer.last_byte && Steady::now() - *transfer.last_byte > stall) {
            end.first = End::stalled;
            break;
        }
        curl_multi_poll(handle.multi, nullptr, 0, poll_ms, nullptr);
    }
    curl_multi_remove_handle(handle.multi, handle.easy);
    return end;
}

struct Reason {
    CURLcode code;
    HttpFailureKind kind;
    std::string_view text;
};
constexpr std::array k_reasons = {
    Reason{CURLE_COULDNT_RESOLVE_PROXY, HttpFailureKind::resolve,
           "the proxy's name is not in DNS; check --proxy or HTTPS_PROXY"},
    Reason{CURLE_COULDNT_RESOLVE_HOST, HttpFailureKind::resolve,
           "the name is not in DNS; check the network, or give --proxy"},
    Reason{CURLE_COULDNT_CONNECT, HttpFailureKind::connect,
           "no connection (refused or unreachable); check the network, or give --proxy"},
    Reason{CURLE_PROXY, HttpFailureKind::connect, "the proxy did not make the connection"},
    Reason{CURLE_SSL_CONNECT_ERROR, HttpFailureKind::tls,
           "the TLS handshake failed; TLS 1.2 or better is needed on both sides"},
    Reason{CURLE_SSL_CACERT_BADFILE, HttpFailureKind::tls,
           "the certificate authorities cannot be read; check --ca-bundle or SSL_CERT_FILE"},
    Reason{CURLE_PARTIAL_FILE, HttpFailureKind::cut_short, "the answer was cut short"},
    Reason{CURLE_GOT_NOTHING, HttpFailureKind::cut_short,
           "the connection was closed without an answer"},
    Reason{CURLE_RECV_ERROR, HttpFailureKind::cut_short, "the connection broke while receiving"},
    Reason{CURLE_SEND_ERROR, HttpFailureKind::cut_short, "the connection broke while sending"},
    Reason{CURLE_HTTP2, HttpFailureKind::cut_short, "the HTTP/2 connection broke"},
    Reason{CURLE_HTTP2_STREAM, HttpFailureKind::cut_short, "the HTTP/2 stream broke"},
    Reason{CURLE_BAD_CONTENT_ENCODING, HttpFailureKind::cut_short, "the answer cannot be unpacked"},
    Reason{CURLE_WRITE_ERROR, HttpFailureKind::cut_short, "the answer cannot be unpacked"},
    Reason{CURLE_WEIRD_SERVER_REPLY, HttpFailureKind::not_http, "the answer is not HTTP"},
    // HTTP/0.9, that is, any bytes at all; our own check of the scheme came first.
    Reason{CURLE_UNSUPPORTED_PROTOCOL, HttpFailureKind::not_http, "the answer is not HTTP"},
    Reason{CURLE_URL_MALFORMAT, HttpFailureKind::refused, "the URL is unreadable"},
};

HttpFailure timed_out(CURL* easy, const HttpRequest& request, const CurlSettings& settings) {
    const bool connected = info<curl_off_t>(easy, CURLINFO_PRETRANSFER_TIME_T) > 0;
    return {HttpFailureKind::timeout,
            connected ? fmt::format("no whole answer within {} s", request.total_timeout.count())
                      : fmt::format("no connection within {} s; check the network, or give --proxy",
                                    std::chrono::ceil<std::chrono::seconds>(
                                        std::min<std::chrono::milliseconds>(
                                            settings.connect_timeout, request.total_timeout))
                                        .count())};
}

HttpFailure bad_certificate(CURL* easy) {
    const long verify = info<long>(easy, CURLINFO_SSL_VERIFYRESULT);
    const long proxy_verify = info<long>(easy, CURLINFO_PROXY_SSL_VERIFYRESULT);
    const bool of_proxy = verify == 0 && proxy_verify != 0;
    return {HttpFailureKind::tls, of_proxy ? certificate_reason(proxy_verify, "the proxy's")
                                           : certificate_reason(verify, "its")};
}

// What the proxy said to CONNECT. 4xx stays as it is: asking again can lock an account.
std::optional<HttpFailure> proxy_refusal(CURL* easy) {
    const long code = info<long>(easy, CURLINFO_HTTP_CONNECTCODE);
    if (code < 300) return std::nullopt;
    if (code == 407)
        return HttpFailure{HttpFailureKind::refused,
                           "the proxy wants another user or password (HTTP 407); give them in "
                           "HTTPS_PROXY"};
    return HttpFailure{code < 500 ? HttpFailureKind::refused : HttpFailureKind::connect,
                       fmt::format("the proxy refused the connection (HTTP {})", code)};
}

HttpFailure explain(CURL* easy, CURLcode code, const Transfer& transfer, const HttpRequest& request,
                    const CurlSettings& settings) {
    if (transfer.too_large)
        return {HttpFailureKind::too_large,
                fmt::format("the answer is over the limit of {} bytes", request.max_body)};
    if (transfer.sent > 1)
        return {HttpFailureKind::cut_short, "the kept connection was closed without an answer"};
    if (auto failure = proxy_refusal(easy)) return *failure;
    if (code == CURLE_OPERATION_TIMEDOUT) return timed_out(easy, request, settings);
    if (code == CURLE_PEER_FAILED_VERIFICATION) return bad_certificate(easy);
    // One code for a refused handshake and for a line that broke in it; only curl's text tells.
    if (code == CURLE_SSL_CONNECT_ERROR) {
        const std::string_view text = transfer.error_text.data();
        for (const std::string_view sign : {"reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof"})
            if (text.find(sign) != std::string_view::npos)
                return {HttpFailureKind::cut_short,
                        "the connection broke during the TLS handshake"};
    }
    for (const Reason& reason : k_reasons)
        if (reason.code == code) return {reason.kind, std::string(reason.text)};
    return {HttpFailureKind::connect,
            fmt::format("the transfer failed (curl error {})", static_cast<int>(code))};
}

}  // namespace

struct CurlHttp::State {
    CurlSettings settings;
    std::string proxy_place;  // host and port, for messages
    HeaderList connect_to;
    Share share;  // outlives the handles
    std::mutex mutex;  // guards what follows
    std::vector<std::unique_ptr<Handle>> idle;  // the last one used is the first one taken
    std::size_t generation = 0;  // a 503 begins a new one; older connections are not used again

    std::unique_ptr<Handle> take();
    void give_back(std::unique_ptr<Handle> handle, int status);
    bool prepare(CURL* easy, const HttpRequest& request, HeaderList& headers, Transfer& transfer);
    bool prepare_connection(CURL* easy, const HttpRequest& request);
};

std::unique_ptr<Handle> CurlHttp::State::take() {
    {
        const std::lock_guard lock(mutex);
        if (!idle.empty()) {
            auto handle = std::move(idle.back());
            idle.pop_back();
            return handle;
        }
    }
    auto handle = std::make_unique<Handle>();
    const std::lock_guard lock(mutex);
    handle->generation = generation;
    return handle;
}

void CurlHttp::State::give_back(std::unique_ptr<Handle> handle, int status) {
    std::vector<std::unique_ptr<Handle>> old;  // closed outside the lock
    const std::lock_guard lock(mutex);
    if (status == 503) {
        ++generation;
        old.swap(idle);
    } else if (handle->generation == generation) {
        idle.push_back(std::move(handle));
    }
}

bool CurlHttp::State::prepare_connection(CURL* easy, const HttpRequest& request) {
    const auto milliseconds = [](std::chrono::milliseconds time) {
        return static_cast<long>(std::max<std::chrono::milliseconds::rep>(time.count(), 1));
    };
    bool ok =
        set(easy, CURLOPT_NOSIGNAL, 1L) && set(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
        set(easy, CURLOPT_PROTOCOLS_STR, settings.allow_plain_http ? "http,https" : "https") &&
        set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) &&
        set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS)) &&
        set(easy, CURLOPT_HTTP09_ALLOWED, 0L) &&
        set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
        set(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
        set(easy, CURLOPT_SSL_VERIFYPEER, 1L) && set(easy, CURLOPT_SSL_VERIFYHOST, 2L) &&
        set(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L) &&
        set(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L) &&
        set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings.connect_timeout)) &&
        set(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.total_timeout)) &&
        // A name look-up that a stop ends is left behind, not waited for.
        set(easy, CURLOPT_QUICK_EXIT, 1L) && set(easy, CURLOPT_SHARE, share.get()) &&
        // "" and not null, or curl would read the environment.
        set(easy, CURLOPT_NOPROXY, settings.no_proxy.c_str()) &&
        set(easy, CURLOPT_PROXY, settings.proxy.empty() ? "" : settings.proxy.reveal().data());
    if (!settings.ca_bundle.empty() || !settings.ca_blob.empty()) {
        const char* none = nullptr;
        const char* file = settings.ca_bundle.empty() ? nullptr : settings.ca_bundle.c_str();
        ok = ok && set(easy, CURLOPT_CAPATH, none) && set(easy, CURLOPT_PROXY_CAPATH, none) &&
             set(easy, CURLOPT_CAINFO, file) && set(easy, CURLOPT_PROXY_CAINFO, file);
    }
    if (!settings.ca_blob.empty()) {
        curl_blob blob{settings.ca_blob.data(), settings.ca_blob.size(), CURL_BLOB_NOCOPY};
        ok = ok && set(easy, CURLOPT_CAINFO_BLOB, &blob) &&
             set(easy, CURLOPT_PROXY_CAINFO_BLOB, &blob);
    }
    if (connect_to.get() != nullptr) ok = ok && set(easy, CURLOPT_CONNECT_TO, connect_to.get());
    return ok;
}

bool CurlHttp::State::prepare(CURL* easy, const HttpRequest& request, HeaderList& headers,
                              Transfer& transfer) {
    bool ok = headers.add("Expect:");  // no round trip before a body
    for (const HttpHeader& header : request.headers) {
        // curl's own way to write a header without a value is a semicolon.
        std::string line =
            header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
        ok = headers.add(line.c_str()) && ok;
        wipe(line);
    }
    ok = ok && prepare_connection(easy, request) && set(easy, CURLOPT_URL, request.url.c_str()) &&
         set(easy, CURLOPT_PATH_AS_IS, 1L) && set(easy, CURLOPT_HTTPHEADER, headers.get()) &&
         // Ours are for the server alone, the proxy's for the proxy alone.
         set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE)) &&
         set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
         set(easy, CURLOPT_USERAGENT, settings.user_agent.c_str()) &&
         set(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate") &&
         set(easy, CURLOPT_WRITEFUNCTION, &on_body) && set(easy, CURLOPT_WRITEDATA, &transfer) &&
         set(easy, CURLOPT_HEADERFUNCTION, &on_header) &&
         set(easy, CURLOPT_HEADERDATA, &transfer) && set(easy, CURLOPT_PREREQFUNCTION, &on_send) &&
         set(easy, CURLOPT_PREREQDATA, &transfer) &&
         set(easy, CURLOPT_ERRORBUFFER, transfer.error_text.data());
    // A kept connection may turn out dead when the request is out already. For a GET that costs
    // another attempt; a POST may hold an assertion that is good for once, so it never uses one.
    if (request.method == HttpMethod::post)
        ok = ok && set(easy, CURLOPT_POST, 1L) && set(easy, CURLOPT_FRESH_CONNECT, 1L) &&
             set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size())) &&
             set(easy, CURLOPT_POSTFIELDS, request.body.data());
    return ok;
}

CurlHttp::CurlHttp(std::unique_ptr<State> state) : state_(std::move(state)) {}
CurlHttp::~CurlHttp() = default;

Result<std::unique_ptr<CurlHttp>> CurlHttp::create(CurlSettings settings) {
    static const CURLcode started = start_curl();
    if (started != CURLE_OK) return fail(Errc::service, "libcurl cannot be started");
    auto state = std::make_unique<State>();
    if (!settings.proxy.empty()) {
        std::string proxy(settings.proxy.reveal());
        const auto place = tidy_proxy(proxy);
        settings.proxy = Secret(std::move(proxy));
        if (!place)
            return fail(Errc::usage,
                        "the proxy of --proxy or HTTPS_PROXY is not an address; write it as "
                        "http://host:port, with %XX for odd characters of a password");
        state->proxy_place = *place;
    }
    if (!settings.ca_bundle.empty() && access(settings.ca_bundle.c_str(), R_OK) != 0)
        return fail(Errc::input,
                    fmt::format("{}: the CA bundle cannot be opened; check --ca-bundle or "
                                "SSL_CERT_FILE",
                                settings.ca_bundle));
    for (const std::string& mapping : settings.connect_to)
        (void)state->connect_to.add(mapping.c_str());
    state->settings = std::move(settings);
    return std::unique_ptr<CurlHttp>(new CurlHttp(std::move(state)));
}

HttpResult CurlHttp::send(const HttpRequest& request, std::stop_token stop) {
    const auto url = parse_url(request.url);
    if (const auto why = why_not_send(request, url, state_->settings.allow_plain_http);
        !why.empty())
        return http_fail(HttpFailureKind::refused,
                         fmt::format("{}: not sent: {}", redacted(request.url), why));
    if (stop.stop_requested()) return http_fail(HttpFailureKind::interrupted, "interrupted");

    // The handle goes first: libcurl may still write to the others while it closes.
    HeaderList headers;
    Transfer transfer(request.max_body);
    auto handle = state_->take();
    CURL* easy = handle->easy;
    if (easy == nullptr || handle->multi == nullptr ||
        !state_->prepare(easy, request, headers, transfer))
        return http_fail(HttpFailureKind::refused,
                         fmt::format("{}: not sent: libcurl lacks an option", url->place()));
    const auto [end, code] = run(*handle, transfer, state_->settings.stall_timeout, stop);
    if (end == End::stopped) return http_fail(HttpFailureKind::interrupted, "interrupted");
    if (end == End::stalled || code != CURLE_OK) {
        HttpFailure failure{HttpFailureKind::timeout, "the answer stopped half-way"};
        if (end == End::done) failure = explain(easy, code, transfer, request, state_->settings);
        failure.message = fmt::format("{}: {}", url->place(), failure.message);
        const bool through_proxy = !state_->proxy_place.empty();
        if (through_proxy) failure.message += fmt::format(" (proxy {})", state_->proxy_place);
        return tl::unexpected<HttpFailure>(std::move(failure));
    }
    transfer.response.status = static_cast<int>(info<long>(easy, CURLINFO_RESPONSE_CODE));
    curl_easy_reset(easy);  // keeps the connection, forgets every pointer into this call
    // Only a handle that ended well is kept: the next attempt after a failure has a new connection.
    state_->give_back(std::move(handle), transfer.response.status);
    return check_body(request, std::move(transfer.response), url->place());
}

}  // namespace smtpaudit
