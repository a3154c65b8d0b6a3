/** What is made of an object that stays the same is made once, and kept for as long as that object is. */
export function keptWith<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const kept = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    let known = kept.get(key);
    if (!known) {
      known = { value: make(key) };
      kept.set(key, known);
    }
    return known.value;
  };
}
