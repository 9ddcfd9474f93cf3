/** Says what `npm test` leaves out, so that nobody takes its green for more than it is. */
export function teardown(): void {
  process.stdout.write("\nNot run, because it needs Chromium: npm run test:console\n");
  process.stdout.write("Not run, because it needs Terraform and moto: npm run test:terraform\n");
  process.stdout.write("Not run, because it needs Wycheproof's vectors: npm run test:wycheproof\n");
}
