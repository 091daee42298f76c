import type { Case } from './net.cases.ts'; export const cases: Readonly<Record<string, Case>> = {};
