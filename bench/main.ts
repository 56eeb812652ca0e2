// npm run bench: the figures of the whole system. npm run bench -- B1 B2 B3 […]: workloads beside other systems, see workloads/run.ts.
const asksForWorkloads = process.argv.slice(2).some((arg) => /^B\d+$/.test(arg))
await import(asksForWorkloads ? './workloads/run.ts' : './run.ts')
