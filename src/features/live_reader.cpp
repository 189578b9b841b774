#include "features/live_reader.h"

namespace quoin {

Status LiveFeatureReader::read(std::span<const Question> questions, const Visit& visit) {
    if (questions.size() > questions_max)
        return fail(ErrorKind::too_large, "{} entities are asked for at once; {} is the limit", questions.size(), questions_max);
    AnswerOrigin origin{tier, online_.texts()};
    EventTime at = log_.now();
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const Question& one = questions[i];
        TRY(answer, served_ ? served_->serve({one.view, one.tenant, one.id, one.wants_lists}, online_, log_)
                            : online_.read({one.view, one.tenant, one.id, at, one.wants_lists}));
        TRY_VOID(visit(i, answer, origin));
    }
    return {};
}

}  // namespace quoin
