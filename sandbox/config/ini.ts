export type IniValue = string | number | boolean;
export type Ini = Readonly<Record<string, Readonly<Record<string, IniValue>>>>;

/** Text of an oslo.config file. A value may be the empty string: that is how oslo unsets a default. */
export function renderIni(ini: Ini): string {
  const section = ([name, values]: [string, Readonly<Record<string, IniValue>>]) =>
    [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${String(value)}`.trimEnd())].join('\n');
  return `${Object.entries(ini).map(section).join('\n\n')}\n`;
}
