// Texts of src/decisions: saved bandits and optimizers (with their checksum made right, so that what lies behind it is reached), lines of
// decision logs and trial journals, search spaces. The first byte chooses the reader. What is read must be written and read again equal.

#include <boost/json.hpp>
#include <cstdlib>

#include "base/digest.h"
#include "base/json.h"
#include "decisions/bandit/bandit.h"
#include "decisions/offpolicy/decision_log.h"
#include "decisions/search/trial_journal.h"

namespace {

using namespace quoin;

std::string sealed(std::string_view text) {
    const std::string body = std::string(text) + "\n";
    return body + "sha256 " + sha256_hex(body) + "\n";
}

void require(bool holds) {
    if (!holds) std::abort();
}

void read_bandit(std::string_view text) {
    const auto bandit = load_bandit(sealed(text));
    if (!bandit) return;
    const std::string saved = (*bandit)->save();
    require(load_bandit(saved).value()->save() == saved);
}

void read_optimizer(std::string_view text) {
    const auto optimizer = BayesOptimizer::load(sealed(text));
    if (!optimizer) return;
    const std::string saved = optimizer->save();
    require(BayesOptimizer::load(saved).value().save() == saved);
}

void read_decision(std::string_view text) {
    const auto decision = read_decision_line(text);
    if (!decision) return;
    const std::string line = decision_line(*decision);
    require(decision_line(read_decision_line(line).value()) == line);
}

void read_space(std::string_view text) {
    const auto value = parse_json(text);
    if (!value) return;
    const auto space = search_space_from_json(*value);
    if (!space) return;
    require(json_text(to_json(search_space_from_json(to_json(*space)).value())) == json_text(to_json(*space)));
    const std::vector<double> middle(space->parameters().size(), 0.5);
    require(space->shares(space->point(middle)).has_value());
}

void read_journal(std::string_view text) {
    const auto trial = read_journal_line(sha256_hex(text).substr(0, 16) + " " + std::string(text));
    if (!trial) return;
    const std::string line = journal_line(*trial);
    require(journal_line(read_journal_line(std::string_view(line).substr(0, line.size() - 1)).value()) == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 'b': read_bandit(text); break;
        case 'o': read_optimizer(text); break;
        case 'd': read_decision(text); break;
        case 's': read_space(text); break;
        case 'j': read_journal(text); break;
        default: break;
    }
    return 0;
}
