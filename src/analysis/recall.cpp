#include "analysis/recall.hpp"

#include "analysis/compare_rows.hpp"
#include "analysis/rhythm.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

namespace smtpaudit {
namespace {

// Absent: the history knows nothing that the window does not show.
std::optional<std::string> note_of(Status status, const DayBits& basic, Day from, Day end) {
    const auto first = basic.first();
    if (!first || *first >= from) return std::nullopt;
    if (is_safe(status) && !basic.any_in(from, end))
        return fmt::format("history: used Basic until {}", format_day_long(*basic.last()));
    if (status == Status::dormant_basic) {
        const Rhythm rhythm = rhythm_of(basic.days());
        const std::string due = due_words(rhythm, end);
        return fmt::format("history: {}{}{}", rhythm.words, due.empty() ? "" : "; ", due);
    }
    return fmt::format("history: uses Basic since {} at least", format_day_long(*first));
}

class RecalledRows final : public RowList {
public:
    using Notes = std::map<std::size_t, std::string>;  // by index
    RecalledRows(std::shared_ptr<const RowList> inner, Notes notes)
        : inner_(std::move(inner)), notes_(std::move(notes)) {}
    std::size_t size() const override { return inner_->size(); }
    RowHead head(std::size_t index) const override { return inner_->head(index); }
    std::string id(std::size_t index) const override { return inner_->id(index); }
    Row at(std::size_t index) const override {
        Row row = inner_->at(index);
        const auto note = notes_.find(index);
        if (note != notes_.end()) row.notes.push_back(note->second);
        return row;
    }

private:
    std::shared_ptr<const RowList> inner_;
    Notes notes_;
};

}  // namespace

void recall(Report& report, std::vector<HistoryAccount> accounts) {
    const Day end = report.to.value_or(day_of(report.generated_at));
    const Day from = report.from.value_or(end);
    std::map<std::string, DayBits, std::less<>> basic_by_id;
    for (const HistoryAccount& account : accounts) {
        DayBits basic = account.basic_days();
        if (!basic.empty()) basic_by_id.emplace(account.id, std::move(basic));
    }
    RecalledRows::Notes notes;
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        const auto known = basic_by_id.find(report.accounts->id(i));
        if (known == basic_by_id.end()) continue;
        if (auto note = note_of(report.accounts->head(i).status, known->second, from, end))
            notes.emplace(i, std::move(*note));
        basic_by_id.erase(known);
    }
    if (!notes.empty())
        report.accounts = std::make_shared<RecalledRows>(report.accounts, std::move(notes));
    for (const auto& [id, basic] : basic_by_id) {
        const Day last = *basic.last();
        if (last > end || days_between(last, end) > k_remembered_days) continue;
        const Rhythm rhythm = rhythm_of(basic.days());
        const std::string due = due_words(rhythm, end);
        report.remembered.push_back({id, *basic.first(), last, static_cast<int>(basic.count()),
                                     rhythm.due, rhythm.words + (due.empty() ? "" : "; ") + due});
    }
    std::sort(report.remembered.begin(), report.remembered.end(),
              [](const Remembered& a, const Remembered& b) {
                  const auto key = [](const Remembered& one) {
                      return std::tuple(!one.due.has_value(), one.due.value_or(Day()));
                  };
                  if (key(a) != key(b)) return key(a) < key(b);
                  return a.id < b.id;
              });
}

}  // namespace smtpaudit
