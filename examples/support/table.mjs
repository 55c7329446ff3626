/** Two columns, the first as wide as its longest entry. */
export function table(entries) {
  const width = Math.max(...entries.map(([name]) => name.length));
  for (const [name, value] of entries) console.log(`  ${name.padEnd(width)}   ${value}`);
}

export function heading(text) {
  console.log(`\n${text}\n${'─'.repeat(text.length)}`);
}
