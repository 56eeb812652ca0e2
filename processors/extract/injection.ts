/** Sentences that speak to a machine reading the text, not to people. */
const ADDRESSED_TO_MACHINES: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|context|guidelines|directions|system message|text above|everything above)\b/i,
  /\b(?:you are|act as|pretend to be|behave as)\b.{0,30}\b(?:an? )?(?:ai|assistant|language model|llm|chatbot|trading (?:bot|system|agent)|analyst model|classifier|gpt)\b/i,
  /\b(?:note|message|instructions?|attention|memo|notice) (?:to|for)\b.{0,20}\b(?:ai|llm|language models?|assistants?|bots?|automated|machine|crawlers?|trading systems?|algorithms?|models?)\b/i,
  /\b(?:rate|score|classify|label|mark|treat|report|summari[sz]e)\b.{0,30}\bthis (?:article|text|document|stock|company|news|story|headline)\b.{0,40}\b(?:as|with)\b/i,
  /\b(?:set|output|return|respond with|answer with|assign|emit)\b.{0,30}\b(?:sentiment|score|confidence|polarity|json|rating)\b.{0,20}(?:to|=|:|of)?\s*["']?(?:[+-]?\d|positive|negative|maximum|strong buy|buy)/i,
  /\b(?:system prompt|developer message|prompt injection|<\|?(?:im_start|system|assistant)\|?>|\[\/?INST\]|### ?(?:system|instruction))/i,
  /\b(?:automated|trading|ai) (?:systems?|agents?|bots?|models?)\b.{0,30}\b(?:must|should|shall|are (?:instructed|required) to)\b.{0,30}\b(?:buy|sell|rate|ignore|score|place|classify|treat)\b/i,
]
const HINT =
  /ignor|disregard|forget|overrid|you are|act as|pretend|behave|note|message|instruct|attention|memo|notice|rate|score|classif|label|mark|treat|report|summar|set|output|return|respond|answer|assign|emit|prompt|<\||\[\/?inst|###|automated|trading|\bai\b/i

/** True where the text holds an instruction to a machine. Such a text has no weight. */
export const addressesMachines = (text: string): boolean =>
  HINT.test(text) && ADDRESSED_TO_MACHINES.some((pattern) => pattern.test(text))
