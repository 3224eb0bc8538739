#include "fake_tenant/delivery.hpp"

#include "fake_tenant/codec.hpp"
#include "fake_tenant/errors.hpp"
#include "fake_tenant/exchange.hpp"

#include <zlib.h>

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

constexpr std::string_view k_portal =
    "<!DOCTYPE html><html><head><title>Guest network</title></head>"
    "<body><form action=\"/login\">Accept the terms to go on.</form></body></html>\n";

// "date+5" becomes an HTTP date 5 seconds from now.
std::string retry_after_text(const std::string& text, UtcTime now) {
    if (!text.starts_with("date")) return text;
    return http_date(now + std::chrono::seconds(std::atol(text.c_str() + 4)));
}

Answer status_answer(const Fault& fault, const Record& request, UtcTime now) {
    Answer answer;
    if (!fault.body.empty()) {
        answer.status = fault.status;
        answer.body = fault.body;
    } else if (request.path.find("/oauth2/") != std::string::npos) {
        answer = oauth_error(fault.status, fault.code.empty() ? "server_error" : fault.code,
                             fault.aadsts, fault.message, now);
    } else if (request.path.find("/adminapi/") != std::string::npos) {
        answer = exchange_error(fault.status, fault.code.empty() ? "BadRequest" : fault.code,
                                fault.message.empty() ? "The service failed." : fault.message);
    } else {
        const GraphError known = usual_error(fault.status);
        answer = graph_error(fault.status, fault.code.empty() ? known.code : fault.code,
                             fault.message.empty() ? known.message : fault.message, request, now);
        answer.set("request-id", uuid_of(scramble(std::hash<std::string>{}(request.path), 3),
                                         scramble(static_cast<std::uint64_t>(request.at.count()),
                                                  request.connection)));
    }
    if (!fault.retry_after.empty())
        answer.set("Retry-After", retry_after_text(fault.retry_after, now));
    return answer;
}

void insert_before(std::string& text, std::string_view place, std::string_view what) {
    const auto at = text.find(place);
    text.insert(at == std::string::npos ? 0 : at, what);
}

void spoil_utf8(std::string& body) {
    for (const std::string_view key :
         {"\"userDisplayName\":\"", "\"displayName\":\"", "\"access_token\":\""}) {
        if (const auto at = body.find(key); at != std::string::npos) {
            body.insert(at + key.size(), "\xC3\x28\xFF");
            return;
        }
    }
    body.insert(0, "\xFF");
}

void spoil_field(std::string& body, const std::string& field) {
    json document = json::parse(body, nullptr, false);
    if (!document.is_object()) return;
    const auto value = document.find("value");
    const bool has_rows = value != document.end() && value->is_array() && !value->empty();
    json& row = has_rows ? value->front() : document;
    row[field.empty() ? "createdDateTime" : field] = nullptr;
    body = document.dump();
}

// Deflates `text` at the end of `out`; each piece can stand alone and be repeated.
void squeeze(z_stream& stream, std::string_view text, int flush, std::string& out) {
    std::string room(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    deflate(&stream, flush);
    out.append(room, 0, room.size() - stream.avail_out);
}

std::string little_endian(std::uint64_t value) {
    std::string out;
    for (unsigned shift = 0; shift < 32; shift += 8)
        out += static_cast<char>((value >> shift) & 255U);
    return out;
}

// A valid page of `bytes` whose value is white space for a thousandth of it on the wire.
bool send_bomb(Connection& connection, std::size_t bytes) {
    constexpr std::string_view k_begin = "{\"value\":[";
    constexpr std::string_view k_end = "]}";
    const std::string block(std::size_t{1} << 20U, ' ');
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    std::string begin("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    std::string middle;
    std::string end;
    squeeze(stream, k_begin, Z_FULL_FLUSH, begin);
    squeeze(stream, block, Z_FULL_FLUSH, middle);
    squeeze(stream, k_end, Z_FINISH, end);
    deflateEnd(&stream);

    const auto crc_of = [](std::string_view text) {
        return crc32(0, reinterpret_cast<const Bytef*>(text.data()),
                     static_cast<uInt>(text.size()));
    };
    const std::size_t blocks = bytes / block.size() + 1;
    const uLong block_crc = crc_of(block);
    uLong crc = crc_of(k_begin);
    bool alive = connection.write(chunk_of(begin));
    for (std::size_t i = 0; alive && i < blocks; ++i) {
        alive = connection.write(chunk_of(middle));
        crc = crc32_combine(crc, block_crc, static_cast<z_off_t>(block.size()));
    }
    crc = crc32_combine(crc, crc_of(k_end), static_cast<z_off_t>(k_end.size()));
    end += little_endian(crc);
    end += little_endian(k_begin.size() + blocks * block.size() + k_end.size());
    return alive && connection.write(chunk_of(end) + "0\r\n\r\n");
}

bool send_big(Connection& connection, std::size_t bytes) {
    const std::string block(std::size_t{1} << 18U, 'x');
    bool alive = connection.write(chunk_of("{\"value\":[{\"id\":\""));
    for (std::size_t sent = 0; alive && sent < bytes; sent += block.size())
        alive = connection.write(chunk_of(block));
    return alive && connection.write(chunk_of("\"}]}") + "0\r\n\r\n");
}

bool send_slowly(Connection& connection, std::string_view body, std::size_t per_second,
                 ServiceTime& time) {
    const std::size_t step = std::max<std::size_t>(1, per_second / 10);
    while (!body.empty()) {
        if (!connection.write(body.substr(0, step))) return false;
        body.remove_prefix(std::min(step, body.size()));
        if (!body.empty() && !time.wait(milliseconds(100))) return false;
    }
    return true;
}

// Promises the whole answer in `framing`, sends half of the body.
void send_half(Connection& connection, const Answer& answer, Framing framing) {
    const std::string half = answer.body.substr(0, answer.body.size() / 2);
    connection.write(head_of(answer, framing, answer.body.size()) +
                     (framing == Framing::chunked ? chunk_of(half) : half));
}

void send_half_without_length(Connection& connection, const Answer& answer) {
    std::string head = head_of(answer, Framing::length, 0);
    head.replace(head.find("Content-Length: 0\r\n"), 19, "");
    connection.write(head + answer.body.substr(0, answer.body.size() / 2));
}

// Faults of the transport. True: the fault was one, and the connection is over.
bool send_broken(Connection& connection, Answer& answer, const Fault& fault, ServiceTime& time) {
    const bool kept = std::exchange(answer.keep, false);
    switch (fault.action) {
        case Action::not_http: connection.write("SSH-2.0-OpenSSH_9.2\r\n"); break;
        case Action::empty_reply: break;
        case Action::reset: connection.reset(); return true;
        case Action::reset_midway:
            send_half(connection, answer, Framing::length);
            connection.reset();
            return true;
        case Action::cut_length: send_half(connection, answer, Framing::length); break;
        case Action::cut_chunked: send_half(connection, answer, Framing::chunked); break;
        case Action::cut_close: send_half_without_length(connection, answer); break;
        case Action::stall:
            send_half(connection, answer, Framing::length);
            time.wait(std::chrono::hours(1));
            break;
        case Action::big_body:
        case Action::gzip_bomb:
            if (fault.action == Action::gzip_bomb) answer.set("Content-Encoding", "gzip");
            connection.write(head_of(answer, Framing::chunked, 0));
            if (fault.action == Action::gzip_bomb)
                send_bomb(connection, fault.bytes);
            else
                send_big(connection, fault.bytes);
            break;
        case Action::slow_body:
            connection.write(head_of(answer, Framing::length, answer.body.size()));
            send_slowly(connection, answer.body, fault.bytes, time);
            break;
        default: answer.keep = kept; return false;
    }
    connection.close_cleanly();
    return true;
}

}  // namespace

void spoil_body(Answer& answer, const Fault& fault) {
    std::string& body = answer.body;
    switch (fault.action) {
        case Action::bad_utf8: spoil_utf8(body); break;
        case Action::deep_nesting: {
            const std::size_t depth = fault.bytes == 0 ? 100'000 : fault.bytes;
            body = "{\"value\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
            break;
        }
        case Action::duplicate_keys:
            if (!fault.field.empty())
                insert_before(body, "\"" + fault.field + "\"",
                              "\"" + fault.field + "\":\"duplicate\",");
            else if (body.find("\"value\":[") != std::string::npos)
                insert_before(body, "\"value\":[", "\"value\":[],");
            else
                insert_before(body, "\"", "\"access_token\":\"duplicate\",");
            break;
        case Action::null_field: spoil_field(body, fault.field); break;
        case Action::body:
            answer.status = 200;
            body = fault.body;
            break;
        default: break;
    }
}

std::optional<Answer> answer_instead(const Fault& fault, const Record& request, UtcTime now) {
    Answer answer;
    switch (fault.action) {
        case Action::status: return status_answer(fault, request, now);
        case Action::redirect:
            answer.status = 302;
            answer.set("Location", fault.target.empty()
                                       ? fmt::format("https://{}{}", k_other_host, request.path)
                                       : fault.target);
            return answer;
        case Action::html:
            answer.set("Content-Type", "text/html; charset=utf-8");
            answer.body = k_portal;
            return answer;
        case Action::not_http:
        case Action::empty_reply:
        case Action::reset: return answer;
        case Action::big_body:
        case Action::gzip_bomb: answer.set("Content-Type", "application/json"); return answer;
        default: return std::nullopt;
    }
}

bool deliver(Connection& connection, Answer answer, const Fault* fault, bool may_gzip,
             ServiceTime& time) {
    if (fault != nullptr && send_broken(connection, answer, *fault, time)) return false;
    // As Graph does: compressed, in chunks (facts/graph.md 6).
    std::string wire;
    if (may_gzip && answer.body.size() > 1024) {
        answer.body = gzip(answer.body);
        answer.set("Content-Encoding", "gzip");
        wire = head_of(answer, Framing::chunked, 0);
        constexpr std::size_t k_chunk = 65536;
        for (std::size_t at = 0; at < answer.body.size(); at += k_chunk)
            wire += chunk_of(std::string_view(answer.body).substr(at, k_chunk));
        wire += "0\r\n\r\n";
    } else {
        wire = head_of(answer, Framing::length, answer.body.size()) + answer.body;
    }
    const bool alive = connection.write(wire);
    if (alive && !answer.keep) connection.close_cleanly();
    return alive && answer.keep;
}

}  // namespace smtpaudit::fake
