#include "serving/prediction_record.h"

namespace quoin {

Result<PredictionRecord> find_record(RecordLog& records, const std::string& id) {
    bool may_wait = records.pending() > 0;
    auto record = records.find(id);
    if (record || record.error().kind != ErrorKind::not_found || !may_wait) return record;
    TRY_VOID(records.flush());
    return records.find(id);
}

}  // namespace quoin
