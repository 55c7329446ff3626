#include "parallel/pool.h"

#include <algorithm>

namespace gnvpro {

Pool::Pool(int threads) {
  if (threads <= 1) return;
  crew_ = Crew::withHelpers(threads - 1);
  helpers_ = std::min(threads - 1, crew_->helpers());
  if (helpers_ == 0) crew_.reset();
}

void Pool::run(int64_t count, const Task& task) {
  if (count > 1 && crew_) return crew_->run(count, helpers_, task, cancel_);
  for (int64_t index = 0; index < count; ++index) {
    poll();
    task(index, 0);
  }
}

}  // namespace gnvpro
