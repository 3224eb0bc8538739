// The rows of the HTML report as compact JSON, which its script reads. The order of the members of
// a row is a contract with html_page.js ("k_…" there) and with nothing else.
#pragma once

#include "base/files.hpp"
#include "model/report.hpp"
#include "report/html_text.hpp"

#include <string>
#include <unordered_map>

namespace smtpaudit {

class HtmlData {
public:
    void add(const Row& row, bool is_device);
    // The whole data block, after the last row.
    Result<void> write(const Report& report, ByteSink& sink);

private:
    struct Section {
        std::string rows;
        std::size_t size = 0;
    };
    void add_texts(const std::vector<std::string>& texts, std::string& out);
    void add_names(const std::vector<std::string>& names, std::string& out);
    void add_optional(const std::optional<std::string>& text, std::string& out);
    void add_factors(const Row& row, std::string& out);
    void add_links(const Row& row, std::string& out);
    void add_switches(const Row& row, std::string& out);
    std::uint32_t remedy_number(const Remedy& remedy);
    std::uint32_t kind_number(const Factor& factor);

    HtmlStrings strings_;
    Section accounts_, devices_;
    std::unordered_map<std::string, std::uint32_t> remedies_, kinds_;
    std::string remedies_json_, kinds_json_;
};

}  // namespace smtpaudit
