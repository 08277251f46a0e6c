/** The fields of a class without its prototype: answers are built as plain objects and only described by classes. */
export type Plain<T> = { [Field in keyof T]: T[Field] };
