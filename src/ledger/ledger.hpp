// All evidence as counters: by (account, client, what was counted) and day. Memory grows with the
// distinct senders, clients and days, never with the number of rows.
#pragma once

#include "base/ip.hpp"
#include "ledger/clock_face.hpp"
#include "ledger/day_series.hpp"
#include "ledger/fact_book.hpp"
#include "ledger/text_sets.hpp"
#include "ledger/trace_book.hpp"
#include "model/facts.hpp"
#include "model/observation.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace smtpaudit {

// What a counter counts. Messages and sign-ins never meet in one counter.
enum class Measure : std::uint8_t {
    messages_basic,  // in the order of Protocol
    messages_oauth,
    messages_unknown,
    sign_in_ok,
    sign_in_failed,
    sign_in_possible,  // OAuth, "possible SMTP"
};
constexpr std::size_t k_measures = 6;

// A device: an address and how much of it counts (128: one address; an IPv6 /64 is 64).
struct DeviceKey {
    IpAddress first;
    unsigned prefix_bits = 128;
    friend auto operator<=>(const DeviceKey&, const DeviceKey&) = default;
};
// nullopt: the address names no machine (a private network, the service itself).
using DeviceKeyOf = std::function<std::optional<DeviceKey>(const IpAddress&)>;
// IPv4 whole, IPv6 its /64.
DeviceKey default_device_key(const IpAddress& address);
std::string format_device_key(const DeviceKey& key);  // "203.0.113.7", "2001:db8:1:2::/64"

constexpr std::uint32_t k_no_client = 0xFFFFFFFF;

struct OriginMark {
    std::uint16_t input = 0;  // index into Ledger::inputs()
    std::uint32_t line = 0;
};

// One counter with what else is known of it.
struct Key {
    std::uint32_t account = 0;
    std::uint32_t client = k_no_client;
    Measure measure = Measure::messages_basic;
    // A bit for each TLS cipher it was seen with (Ledger::note_stack); 0: not told. Two machines of one kind share a bit, so only different bits say something.
    std::uint16_t stacks = 0;
    DaySeries days;  // dated counts only
    std::uint32_t first_at = 0, last_at = 0;  // seconds of the Unix time; 0: no dates
    OriginMark first, last;  // in reading order
};

// Of an account's sign-ins, what Entra ID Protection says.
struct RiskTally {
    std::uint64_t told = 0;  // sign-ins whose risk is known
    std::uint64_t at_risk = 0;
    SignInRisk worst = SignInRisk::unknown;
    std::optional<UtcTime> last;  // at risk
    void add(SignInRisk risk, std::optional<UtcTime> at, std::uint64_t sign_ins);
    void add(const RiskTally& other);
};

struct AccountRecord {
    ClockFace clock;  // successful submissions and sign-ins whose time is known
    std::array<std::uint64_t, k_tls_versions> tls{};  // messages of all dated rows read
    std::uint32_t user_id = k_no_client;  // text number; k_no_client: not told
    std::uint64_t user_id_hash = 0;  // of the id as it was written last
    std::uint32_t user_agents = TextSets::k_empty;  // Ledger::texts_in
    std::map<int, std::uint64_t> failures;  // failed sign-ins by Entra error code
};

struct ClientRecord {
    DeviceKey key;
    ClockFace clock;
    std::array<std::uint64_t, k_tls_versions> tls{};
    std::uint32_t user_agents = TextSets::k_empty, countries = TextSets::k_empty;
};

// Counts of a table without dates: one for each account and measure.
struct UndatedCount {
    std::uint64_t count = 0;
    std::array<std::uint64_t, k_tls_versions> tls{};
    OriginMark origin;
};

// What is known of an input before it is read, so that nothing is counted twice. Days are shared
// among inputs of one kind only: a report and a sign-in log of the same day count different things.
struct InputPlan {
    std::string name;  // for origins: "report.csv"
    std::set<Day> days_by_id{};  // shared with another input, and every one has record ids
    std::set<Day> days_by_larger{};  // shared, but some input has no record ids
    std::set<Day> last_days{};  // of days_by_id, those that no later input has
    // An input that can be read only once (a pipe) may share any day with the others.
    bool every_day_by_id = false;
    bool every_day_by_larger = false;
};

struct InputTally {
    std::uint64_t rows = 0;
    // Messages and sign-ins whose address names no machine (DeviceKeyOf).
    std::uint64_t without_machine = 0;
    std::uint64_t repeated = 0;  // not counted: the same record id came in an earlier input
    // Counted by the larger number, because no record id tells whether they are the same.
    std::uint64_t merged_days = 0;
    bool merged_undated = false;
};

class Ledger final : public EvidenceSink {
public:
    // `zone`: whose clock the hours of ClockFace are of; absent: not told, they are UTC. Days are UTC
    // whatever it says.
    explicit Ledger(DeviceKeyOf device_key_of = default_device_key,
                    std::optional<TimeZone> zone = std::nullopt);

    // Observations between begin() and end() belong to that input.
    void begin(InputPlan plan);
    InputTally end();
    void observe(const Observation& observation) override;
    void account(const AccountFacts& facts) override;
    void tenant(const TenantFacts& facts) override;
    void traced(const TracedMessage& message) override { traces_.add(message); }
    void machine(const MachineName& machine) override { machine_names_.add(machine); }

    const std::vector<std::string>& inputs() const { return inputs_; }
    const std::optional<TimeZone>& zone() const { return zone_; }
    std::size_t account_count() const { return account_names_.size(); }
    // The folded address as the source writes it; not yet joined with AccountFacts.
    std::string_view account_name(std::uint32_t account) const {
        return account_names_.text(account);
    }
    const AccountRecord& account_record(std::uint32_t account) const { return accounts_[account]; }
    // nullptr: no source told the risk of a sign-in of this account.
    const RiskTally* risk(std::uint32_t account) const;
    const std::vector<ClientRecord>& clients() const { return clients_; }
    std::size_t key_count() const { return key_count_; }
    const Key& key(std::size_t number) const {
        return key_blocks_[number / k_key_block][number % k_key_block];
    }
    void read_days(const Key& key, std::vector<DayCount>& out) const { pool_.read(key.days, out); }
    const UndatedCount* undated(std::uint32_t account, Measure measure) const;
    bool has_undated() const { return !undated_.empty(); }
    std::string_view text(std::uint32_t number) const { return texts_.text(number); }
    // The text numbers of a set, in the order of their texts.
    std::span<const std::uint32_t> texts_in(std::uint32_t set) const { return text_sets_.of(set); }
    const FactBook& facts() const { return facts_; }
    const TenantFacts& tenant_facts() const { return facts_.tenant(); }
    const TraceBook& traces() const { return traces_; }
    const MachineNames& machine_names() const { return machine_names_; }
    std::string format_origin(OriginMark mark) const;  // "report.csv:17"

private:
    struct Pending {  // counts of this input that may repeat an earlier one's
        std::uint64_t count = 0;
        std::array<std::uint64_t, k_tls_versions> tls{};
    };
    struct SharedDay {
        std::vector<std::uint64_t> earlier;  // hashed record ids of earlier inputs, sorted
        std::vector<std::uint64_t> current;
    };

    std::uint32_t account_number(std::string_view name);
    std::uint32_t client_number(const IpAddress& address);
    std::uint32_t key_number(std::uint32_t account, std::uint32_t client, Measure measure);
    enum class Sharing : std::uint8_t { none, by_id, by_larger };
    Sharing sharing_of(Day day);
    bool already_counted(Day day, std::uint32_t account, std::string_view record_id);
    void fetch(std::uint32_t account, std::uint32_t client, Measure measure) const;
    void note_user_id(AccountRecord& record, std::string_view id);
    void note_attributes(const Observation& observation, std::uint32_t account,
                         std::uint32_t client);
    void add_undated(std::uint32_t account, Measure measure, const Observation& observation);
    void add_dated(std::uint32_t account, std::uint32_t client, Measure measure, Day day,
                   bool may_repeat, const Observation& observation);
    void add_tls(std::uint32_t account, std::uint32_t client,
                 const std::array<std::uint64_t, k_tls_versions>& tls);
    void merge_pending();
    void grow_keys();
    Key& mutable_key(std::size_t number) {
        return key_blocks_[number / k_key_block][number % k_key_block];
    }
    void note_stack(Key& key, const Observation& observation);

    static constexpr std::size_t k_key_block = 2048;
    LocalTime local(UtcTime at);

    DeviceKeyOf device_key_of_;
    std::optional<TimeZone> zone_;
    TimeZone::Stretch stretch_;  // of the row before
    std::vector<std::string> inputs_;
    InputPlan plan_;
    InputTally tally_;
    std::optional<Day> last_day_;  // of the row before: rows come in runs of one day
    Sharing last_sharing_ = Sharing::none;

    Interner account_names_;
    std::string last_raw_name_;  // the account of the row before, unfolded: rows come in runs
    std::uint32_t last_account_ = 0;
    std::string folded_;
    std::vector<AccountRecord> accounts_;
    Interner texts_;
    TextSets text_sets_;
    std::vector<std::string> stack_names_;  // by bit of Key::stacks
    std::string last_stack_;
    std::uint16_t last_stack_bit_ = 0;
    std::vector<ClientRecord> clients_;
    std::map<DeviceKey, std::uint32_t> client_by_key_;
    struct IpHash {
        std::size_t operator()(const IpAddress& address) const;
    };
    std::unordered_map<IpAddress, std::uint32_t, IpHash> client_by_address_;

    std::vector<std::unique_ptr<Key[]>> key_blocks_;
    std::size_t key_count_ = 0;
    std::vector<std::uint32_t> key_slots_;  // key number + 1
    DayPool pool_;

    std::unordered_map<std::uint64_t, UndatedCount> undated_;  // by account and measure
    std::unordered_map<std::uint64_t, UndatedCount> undated_pending_;  // of this input
    std::map<Day, SharedDay> shared_;
    std::map<std::pair<std::uint32_t, Day>, Pending> pending_;  // by key and shared day

    FactBook facts_;
    TraceBook traces_;
    MachineNames machine_names_;
    std::unordered_map<std::uint32_t, RiskTally> risks_;  // by account
};

}  // namespace smtpaudit
