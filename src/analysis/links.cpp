#include "analysis/links.hpp"

#include "analysis/marks.hpp"

#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

struct Judgement {
    Confidence confidence;
    std::string_view because;
};

Judgement judgement_of(const LinkedUse& use, bool many_machines) {
    if (!use.succeeds() && use.sign_ins_failed > 0)
        return {Confidence::low, "it never got in from there"};
    if (!use.succeeds()) return {Confidence::low, "nothing says that these sign-ins were SMTP"};
    if (many_machines)
        return {Confidence::medium, "several machines are suspected behind this address"};
    if (use.messages > 0 && use.sign_ins_ok > 0)
        return {Confidence::high, "report and sign-ins agree"};
    if (use.days >= k_stable_client_days) return {Confidence::high, "seen again and again"};
    return {Confidence::medium, "seen on few days: an address can change hands"};
}

}  // namespace

Link make_link(const LinkedUse& use, std::string id, bool many_machines) {
    const Judgement judged = judgement_of(use, many_machines);
    Link link;
    link.id = std::move(id);
    link.confidence = judged.confidence;
    link.basic_messages = use.basic_messages;
    link.messages = use.messages;
    link.sign_ins_ok = use.sign_ins_ok;
    link.sign_ins_failed = use.sign_ins_failed;
    link.days = use.days;
    link.because = judged.because;
    return link;
}

void join_use(LinkedUse& all, const LinkedUse& more) {
    all.basic_messages += more.basic_messages;
    all.messages += more.messages;
    all.sign_ins_ok += more.sign_ins_ok;
    all.sign_ins_failed += more.sign_ins_failed;
    all.basic_days = std::max(all.basic_days, more.basic_days);
    all.days = std::max(all.days, more.days);
    all.stacks = static_cast<std::uint16_t>(all.stacks | more.stacks);
}

}  // namespace smtpaudit
