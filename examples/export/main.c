/* surrogate.c of export.mjs in a program: cc -std=c99 -O2 main.c surrogate.c -lm */
#include <stdio.h>

void surrogate_predict(const double *inputs, double *outputs);
void surrogate_jacobian(const double *inputs, double *jacobian);

int main(void) {
  const double inputs[2] = {0.3, -0.2};
  double outputs[2], jacobian[2 * 2];
  surrogate_predict(inputs, outputs);
  surrogate_jacobian(inputs, jacobian);
  printf("C          %.17g %.17g\n", outputs[0], outputs[1]);
  printf("d wave / d x %.17g\n", jacobian[0]);
  return 0;
}
