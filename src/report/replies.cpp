#include "report/replies.hpp"

#include "base/text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_replies;
}

namespace {

using nlohmann::json;

// The file is built in and tested, so a mistake in it is a bug.
std::vector<ServerReply> load() {
    std::vector<ServerReply> replies;
    const json document = json::parse(embedded::k_replies);
    for (const json& one : document.at("replies")) {
        ServerReply reply;
        reply.id = one.at("id");
        reply.reply = one.at("reply");
        reply.phrases = one.at("phrases").get<std::vector<std::string>>();
        if (!one.at("switch").is_null()) reply.switch_name = one.at("switch");
        reply.means = one.at("means");
        reply.advice = one.at("do");
        reply.source = one.at("source");
        replies.push_back(std::move(reply));
    }
    return replies;
}

// Lower case, one blank between words: a log wraps lines and adds continuation codes.
std::string plain(std::string_view pasted) {
    std::string out;
    for (const char c : fold_case(pasted)) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

}  // namespace

const std::vector<ServerReply>& server_replies() {
    static const std::vector<ServerReply> replies = load();
    return replies;
}

const ServerReply* find_reply(std::string_view pasted) {
    const std::string text = plain(pasted);
    const ServerReply* best = nullptr;
    std::size_t length = 0;
    for (const ServerReply& reply : server_replies())
        for (const std::string& phrase : reply.phrases)
            if (phrase.size() > length && text.find(phrase) != std::string::npos) {
                best = &reply;
                length = phrase.size();
            }
    return best;
}

const ServerReply* reply_of_switch(std::string_view switch_name) {
    if (switch_name.empty()) return nullptr;
    const auto& all = server_replies();
    const auto found = std::find_if(all.begin(), all.end(), [&](const ServerReply& reply) {
        return reply.switch_name == switch_name;
    });
    return found == all.end() ? nullptr : &*found;
}

const ServerReply* reply_by_id(std::string_view id) {
    const auto& all = server_replies();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const ServerReply& reply) { return reply.id == id; });
    return found == all.end() ? nullptr : &*found;
}

Result<void> write_reply_meaning(std::string_view pasted, const WriteOptions& options,
                                 ByteSink& sink) {
    const ServerReply* reply = find_reply(pasted);
    if (reply == nullptr) {
        const bool has_number = pasted.find("5.7.139") != std::string_view::npos;
        return fail(Errc::usage,
                    has_number ? "explain: 5.7.139 stands in front of many sentences, and the "
                                 "sentence decides; paste the whole reply"
                               : "explain: no reply that is known has this sentence; paste the "
                                 "whole line that the device or its log shows");
    }
    constexpr std::size_t k_label = 10;
    const std::size_t width = screen_width(options);
    std::string out;
    const auto line = [&](std::string_view label, const std::string& text) {
        out += wrapped(pad_right(label, k_label), text, width);
    };
    line("Reply", reply->reply);
    line("Switch", reply->switch_name.empty() ? "none: no switch decides this"
                                              : switch_name_words(reply->switch_name));
    line("Means", reply->means);
    line("Do", reply->advice);
    line("Source", reply->source);
    return sink.write(out);
}

}  // namespace smtpaudit
