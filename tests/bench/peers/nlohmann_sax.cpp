// nlohmann/json's SAX parser: bench_nlohmann_sax FILE..., sign-ins as JSON Lines.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

// The fields of one record.
class Fields final : public nlohmann::json_sax<nlohmann::json> {
public:
    std::string account, app, address, created;
    long long code = -1;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t value) override {
        if (depth_ == 2 && key_ == "errorCode") code = static_cast<long long>(value);
        return true;
    }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool string(string_t& value) override {
        if (depth_ != 1) return true;
        if (key_ == "userPrincipalName") account = lower(value);
        if (key_ == "clientAppUsed") app = lower(value);
        if (key_ == "ipAddress") address = value;
        if (key_ == "createdDateTime") created = value.substr(0, 10);
        return true;
    }
    bool start_object(std::size_t) override { return ++depth_ > 0; }
    bool key(string_t& name) override {
        key_ = name;
        return true;
    }
    bool end_object() override { return --depth_ >= 0; }
    bool start_array(std::size_t) override { return ++depth_ > 0; }
    bool end_array() override { return --depth_ >= 0; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

private:
    int depth_ = 0;
    std::string key_;
};

}  // namespace

int main(int count, char** files) {
    std::unordered_map<std::string, std::uint64_t> groups;
    std::string line;
    for (int i = 1; i < count; ++i) {
        std::ifstream in(files[i]);
        while (std::getline(in, line)) {
            Fields row;
            if (!nlohmann::json::sax_parse(line, &row)) return 1;
            if (row.app != "authenticated smtp" && row.app != "smtp") continue;
            ++groups[row.account + '\t' + row.address + '\t' + row.created +
                     (row.code == 0 ? "\tbasic" : "\tfailed")];
        }
    }
    std::set<std::string_view> accounts;
    std::uint64_t all = 0;
    std::uint64_t good = 0;
    for (const auto& [key, number] : groups) {
        accounts.insert(std::string_view(key).substr(0, key.find('\t')));
        all += number;
        if (key.ends_with("\tbasic")) good += number;
    }
    std::cout << groups.size() << ' ' << accounts.size() << ' ' << all << ' ' << good << " 0\n";
}
