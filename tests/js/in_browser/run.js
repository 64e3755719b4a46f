/** Runs the test modules that the address names, and writes down what became of each test. */
import { tests } from "./harness.js"

async function outcome({ name, run }) {
  try {
    await run()
    return { name, error: null }
  } catch (error) {
    return { name, error: error.message }
  }
}

const outcomes = {}
for (const module of new URLSearchParams(location.search).getAll("module")) {
  tests.length = 0
  await import(`../${module}`)
  outcomes[module] = await Promise.all(tests.map(outcome))
}
document.querySelector("pre").textContent = JSON.stringify(outcomes)
document.title = "done"
