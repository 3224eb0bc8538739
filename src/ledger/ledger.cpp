#include "ledger/ledger.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace smtpaudit {
namespace {

std::uint64_t account_measure(std::uint32_t account, Measure measure) {
    return (std::uint64_t{account} << 8U) | static_cast<std::uint64_t>(measure);
}

std::uint64_t key_hash(std::uint32_t account, std::uint32_t client, Measure measure) {
    return mix_hash(account_measure(account, measure), client);
}

std::optional<Measure> measure_of(const Observation& o) {
    if (o.messages > 0) return static_cast<Measure>(o.protocol);
    if (o.sign_ins == 0) return std::nullopt;
    if (o.possible_smtp) return Measure::sign_in_possible;
    return o.outcome == Outcome::success ? Measure::sign_in_ok : Measure::sign_in_failed;
}

std::uint64_t count_of(const Observation& o) { return o.messages > 0 ? o.messages : o.sign_ins; }

std::array<std::uint64_t, k_tls_versions> tls_of(const Observation& o) {
    std::array<std::uint64_t, k_tls_versions> tls{};
    std::copy(std::begin(o.tls), std::end(o.tls), tls.begin());
    return tls;
}

}  // namespace

DeviceKey default_device_key(const IpAddress& address) {
    return {address.device_key(), address.is_v4() ? 128U : 64U};
}

std::string format_device_key(const DeviceKey& key) {
    const std::string address = format_ip(key.first);
    if (key.prefix_bits == 128) return address;
    return fmt::format("{}/{}", address,
                       key.first.is_v4() ? key.prefix_bits - 96 : key.prefix_bits);
}

std::size_t Ledger::IpHash::operator()(const IpAddress& address) const {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, address.bytes.data(), 8);
    std::memcpy(&low, address.bytes.data() + 8, 8);
    return mix_hash(high, low);
}

Ledger::Ledger(DeviceKeyOf device_key_of, std::optional<TimeZone> zone)
    : device_key_of_(std::move(device_key_of)), zone_(std::move(zone)) {}

LocalTime Ledger::local(UtcTime at) {
    if (zone_ && !stretch_.holds(at)) stretch_ = zone_->stretch_at(at);
    return LocalTime(at.time_since_epoch() + stretch_.offset);
}

void Ledger::begin(InputPlan plan) {
    inputs_.push_back(plan.name);
    plan_ = std::move(plan);
    tally_ = {};
    last_day_.reset();
}

InputTally Ledger::end() {
    merge_pending();
    for (const Day day : plan_.last_days) shared_.erase(day);
    for (auto& [day, ids] : shared_) {
        ids.earlier.insert(ids.earlier.end(), ids.current.begin(), ids.current.end());
        std::sort(ids.earlier.begin(), ids.earlier.end());
        ids.current.clear();
    }
    return tally_;
}

std::uint32_t Ledger::account_number(std::string_view name) {
    if (name == last_raw_name_ && !accounts_.empty()) return last_account_;
    last_raw_name_ = name;
    fold_case(trim(name), folded_);
    last_account_ = account_names_.intern(folded_);
    if (last_account_ == accounts_.size()) accounts_.emplace_back();
    return last_account_;
}

std::uint32_t Ledger::client_number(const IpAddress& address) {
    const auto known = client_by_address_.find(address);
    if (known != client_by_address_.end()) return known->second;
    const std::optional<DeviceKey> key = device_key_of_(address);
    if (!key) {
        client_by_address_.emplace(address, k_no_client);
        return k_no_client;
    }
    const auto [entry, is_new] =
        client_by_key_.try_emplace(*key, static_cast<std::uint32_t>(clients_.size()));
    if (is_new) clients_.emplace_back().key = *key;
    client_by_address_.emplace(address, entry->second);
    return entry->second;
}

void Ledger::grow_keys() {
    const std::size_t size = std::max<std::size_t>(1024, key_slots_.size() * 2);
    key_slots_.assign(size, 0);
    for (std::size_t i = 0; i < key_count_; ++i) {
        const Key& k = key(i);
        std::size_t at = key_hash(k.account, k.client, k.measure) & (size - 1);
        while (key_slots_[at] != 0) at = (at + 1) & (size - 1);
        key_slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

std::uint32_t Ledger::key_number(std::uint32_t account, std::uint32_t client, Measure measure) {
    if (3 * key_slots_.size() < 4 * (key_count_ + 1)) grow_keys();
    const std::size_t mask = key_slots_.size() - 1;
    std::size_t at = key_hash(account, client, measure) & mask;
    for (; key_slots_[at] != 0; at = (at + 1) & mask) {
        const Key& k = key(key_slots_[at] - 1);
        if (k.account == account && k.client == client && k.measure == measure)
            return key_slots_[at] - 1;
    }
    if (key_count_ == key_blocks_.size() * k_key_block)
        key_blocks_.push_back(std::make_unique<Key[]>(k_key_block));
    Key& made = mutable_key(key_count_);
    made.account = account;
    made.client = client;
    made.measure = measure;
    key_slots_[at] = static_cast<std::uint32_t>(++key_count_);
    return key_slots_[at] - 1;
}

Ledger::Sharing Ledger::sharing_of(Day day) {
    if (last_day_ == day) return last_sharing_;
    last_day_ = day;
    if (plan_.every_day_by_larger || plan_.days_by_larger.contains(day))
        last_sharing_ = Sharing::by_larger;
    else if (plan_.every_day_by_id || plan_.days_by_id.contains(day))
        last_sharing_ = Sharing::by_id;
    else
        last_sharing_ = Sharing::none;
    return last_sharing_;
}

// Two rows are the same record when account and id agree; 64 bits keep the chance of taking two
// records for one below one in a million at a hundred thousand records a day.
bool Ledger::already_counted(Day day, std::uint32_t account, std::string_view record_id) {
    SharedDay& ids = shared_[day];
    const std::uint64_t hash = mix_hash(hash_text(record_id), hash_text(account_name(account)));
    if (std::binary_search(ids.earlier.begin(), ids.earlier.end(), hash)) return true;
    ids.current.push_back(hash);
    return false;
}

const RiskTally* Ledger::risk(std::uint32_t account) const {
    const auto found = risks_.find(account);
    return found == risks_.end() ? nullptr : &found->second;
}

void RiskTally::add(SignInRisk risk, std::optional<UtcTime> at, std::uint64_t sign_ins) {
    told += sign_ins;
    worst = std::max(worst, risk);
    if (risk == SignInRisk::none) return;
    at_risk += sign_ins;
    if (at && (!last || *at > *last)) last = at;
}

void RiskTally::add(const RiskTally& other) {
    told += other.told;
    at_risk += other.at_risk;
    worst = std::max(worst, other.worst);
    if (other.last && (!last || *other.last > *last)) last = other.last;
}

// The text of an id lies somewhere else in memory for each account; its hash lies in the record.
void Ledger::note_user_id(AccountRecord& record, std::string_view id) {
    if (id.empty()) return;
    const std::uint64_t hash = hash_text(id);
    if (record.user_id != k_no_client && record.user_id_hash == hash) return;
    record.user_id_hash = hash;
    record.user_id = texts_.intern(fold_case(id));
}

void Ledger::note_attributes(const Observation& o, std::uint32_t account, std::uint32_t client) {
    AccountRecord& record = accounts_[account];
    record.user_agents = text_sets_.with(record.user_agents, o.user_agent, texts_);
    note_user_id(record, o.user_id);
    if (o.outcome == Outcome::failure) record.failures[o.error_code] += o.sign_ins;
    if (o.risk != SignInRisk::unknown) risks_[account].add(o.risk, o.at, o.sign_ins);
    const bool has_clock = o.has_time && o.outcome == Outcome::success;
    LocalTime at;
    if (has_clock) at = local(*o.at);
    // A row of messages is one submission; sign-ins may have been counted before they came here.
    const std::uint64_t times = std::max<std::uint64_t>(1, o.sign_ins);
    if (has_clock) record.clock.add(at, times);
    if (client == k_no_client) return;
    ClientRecord& machine = clients_[client];
    if (has_clock) machine.clock.add(at, times);
    machine.user_agents = text_sets_.with(machine.user_agents, o.user_agent, texts_);
    machine.countries = text_sets_.with(machine.countries, o.country, texts_);
}

// A tenant sees a handful of ciphers; from the sixteenth on they share the last bit, which then says
// no more than "something else".
void Ledger::note_stack(Key& key, const Observation& o) {
    if (o.tls_cipher.empty()) return;
    if (o.tls_cipher != last_stack_ || last_stack_bit_ == 0) {
        constexpr std::size_t k_bits = 16;
        last_stack_ = o.tls_cipher;
        const auto found = std::find(stack_names_.begin(), stack_names_.end(), last_stack_);
        auto bit = static_cast<std::size_t>(found - stack_names_.begin());
        if (found == stack_names_.end() && stack_names_.size() < k_bits)
            stack_names_.push_back(last_stack_);
        bit = std::min(bit, k_bits - 1);
        last_stack_bit_ = static_cast<std::uint16_t>(1U << bit);
    }
    key.stacks = static_cast<std::uint16_t>(key.stacks | last_stack_bit_);
}

void Ledger::add_tls(std::uint32_t account, std::uint32_t client,
                     const std::array<std::uint64_t, k_tls_versions>& tls) {
    for (std::size_t i = 0; i < k_tls_versions; ++i) {
        accounts_[account].tls[i] += tls[i];
        if (client != k_no_client) clients_[client].tls[i] += tls[i];
    }
}

void Ledger::add_undated(std::uint32_t account, Measure measure, const Observation& o) {
    UndatedCount& entry = undated_pending_[account_measure(account, measure)];
    if (entry.count == 0)
        entry.origin = {static_cast<std::uint16_t>(inputs_.size() - 1),
                        static_cast<std::uint32_t>(o.line)};
    entry.count += count_of(o);
    for (std::size_t i = 0; i < k_tls_versions; ++i) entry.tls[i] += o.tls[i];
}

// `may_repeat`: no record id tells whether an earlier input has counted it.
void Ledger::add_dated(std::uint32_t account, std::uint32_t client, Measure measure, Day day,
                       bool may_repeat, const Observation& o) {
    const std::uint32_t number = key_number(account, client, measure);
    Key& k = mutable_key(number);
    const auto at = static_cast<std::uint32_t>(o.at->time_since_epoch().count());
    k.first_at = k.first_at == 0 ? at : std::min(k.first_at, at);
    k.last_at = std::max(k.last_at, at);
    k.last = {static_cast<std::uint16_t>(inputs_.size() - 1), static_cast<std::uint32_t>(o.line)};
    if (k.first.line == 0) k.first = k.last;
    note_stack(k, o);
    if (may_repeat) {
        Pending& entry = pending_[{number, day}];
        entry.count += count_of(o);
        for (std::size_t i = 0; i < k_tls_versions; ++i) entry.tls[i] += o.tls[i];
        return;
    }
    pool_.add(k.days, day, count_of(o));
    add_tls(account, client, tls_of(o));
}

// What a row of a large tenant needs lies in a dozen places of memory; asked for at once they are here
// sooner than one after the other (a tenth of the time of tests/bench/join_bench).
void Ledger::fetch(std::uint32_t account, std::uint32_t client, Measure measure) const {
    constexpr std::size_t k_line = 64;
    const auto whole = [](const auto& record) {
        const char* const begin = reinterpret_cast<const char*>(&record);
        for (std::size_t at = 0; at < sizeof record; at += k_line)
            __builtin_prefetch(begin + at, 1);
    };
    if (!key_slots_.empty())
        __builtin_prefetch(
            &key_slots_[key_hash(account, client, measure) & (key_slots_.size() - 1)]);
    whole(accounts_[account]);
    if (client != k_no_client) whole(clients_[client]);
}

void Ledger::observe(const Observation& o) {
    ++tally_.rows;
    const auto measure = measure_of(o);
    if (!measure) return;
    const std::uint32_t account = account_number(o.account);
    if (!o.at) {
        add_undated(account, *measure, o);
        return;
    }
    const Day day = day_of(*o.at);
    const Sharing sharing = sharing_of(day);
    const bool by_id = sharing == Sharing::by_id && !o.record_id.empty();
    if (by_id && already_counted(day, account, o.record_id)) {
        ++tally_.repeated;
        return;
    }
    const std::uint32_t client = o.client ? client_number(*o.client) : k_no_client;
    if (o.client && client == k_no_client) tally_.without_machine += count_of(o);
    fetch(account, client, *measure);
    note_attributes(o, account, client);
    add_dated(account, client, *measure, day, sharing != Sharing::none && !by_id, o);
}

// Without record ids nobody can tell whether two inputs saw the same submissions. The larger
// count is never too high for one of them, and hides nobody.
void Ledger::merge_pending() {
    for (const auto& [account_and_measure, entry] : undated_pending_) {
        UndatedCount& kept = undated_[account_and_measure];
        if (kept.count != 0) tally_.merged_undated = true;
        if (entry.count > kept.count) kept = entry;
    }
    undated_pending_.clear();
    std::vector<DayCount> days;
    for (const auto& [key_and_day, entry] : pending_) {
        Key& k = mutable_key(key_and_day.first);
        pool_.read(k.days, days);
        const auto at =
            std::find_if(days.begin(), days.end(),
                         [&, day = key_and_day.second](const DayCount& d) { return d.day == day; });
        const std::uint64_t before = at == days.end() ? 0 : at->count;
        if (before > 0) ++tally_.merged_days;
        if (entry.count <= before) continue;
        const std::uint64_t more = entry.count - before;
        pool_.add(k.days, key_and_day.second, more);
        std::array<std::uint64_t, k_tls_versions> tls{};
        std::uint64_t placed = 0;
        for (std::size_t i = 0; i < k_tls_versions; ++i) {
            tls[i] = static_cast<std::uint64_t>(static_cast<double>(entry.tls[i]) *
                                                static_cast<double>(more) /
                                                static_cast<double>(entry.count));
            placed += tls[i];
        }
        tls[static_cast<std::size_t>(TlsVersion::unknown)] += more - std::min(more, placed);
        if (k.measure <= Measure::messages_unknown) add_tls(k.account, k.client, tls);
    }
    pending_.clear();
}

const UndatedCount* Ledger::undated(std::uint32_t account, Measure measure) const {
    const auto found = undated_.find(account_measure(account, measure));
    return found == undated_.end() ? nullptr : &found->second;
}

void Ledger::account(const AccountFacts& facts) { facts_.add(facts); }

void Ledger::tenant(const TenantFacts& facts) { facts_.add(facts); }

std::string Ledger::format_origin(OriginMark mark) const {
    return fmt::format("{}:{}", inputs_[mark.input], mark.line);
}

}  // namespace smtpaudit
