import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.ObjectId;
import de.bwaldvogel.mongo.exception.DuplicateKeyError;
import de.bwaldvogel.mongo.exception.MongoServerException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * An index in the order of its keys, in memory: it is made of the documents again at each start, so that nothing on the disk can
 * contradict them. Whoever uses it holds the lock of its collection.
 */
final class SortedIndex extends Index<Object> {
  /** The values of the keys, and behind them where the document is. Shorter: a place before (-1) or behind (1) all that begin so. */
  record Entry(Object[] values, int edge) {
    Object position() {
      return values[values.length - 1];
    }
  }

  final String[] fields;
  final boolean[] isUp;
  final NavigableSet<Entry> entries = new TreeSet<>(this::compare);
  /** Where documents are that have a value without a place in the order: every query looks at them as well. */
  final Set<Object> apart = new HashSet<>();
  /** How many documents have a list in a key, and so as many entries as the list has items. */
  private int lists;
  /** Not made yet: nobody has asked since the start. */
  private boolean isPending;
  private final String[][] paths;
  private final boolean isUnique;

  SortedIndex(String name, List<IndexKey> keys, boolean isUnique, boolean isPending) {
    super(name, keys, false);
    this.isUnique = isUnique;
    this.isPending = isPending;
    fields = keys.stream().map(IndexKey::getKey).toArray(String[]::new);
    isUp = new boolean[keys.size()];
    for (int i = 0; i < isUp.length; i++) isUp[i] = keys.get(i).isAscending();
    paths = Arrays.stream(fields).map(field -> field.split("\\.")).toArray(String[][]::new);
  }

  boolean isPending() {
    return isPending;
  }

  void setMade() {
    isPending = false;
  }

  /** A list sorts by its smallest or its largest item, and may fulfil conditions by one item each. */
  boolean hasLists() {
    return lists > 0;
  }

  /** Whether each document has one entry, so that going through the entries is going through the documents in order. */
  boolean isWhole() {
    return lists == 0 && apart.isEmpty();
  }

  /** Whether its entries have these fields; every entry knows its document's id. Null: any field. */
  boolean has(Set<String> wished) {
    return wished != null && wished.stream().allMatch(field -> field.equals("_id") || List.of(fields).contains(field));
  }

  /** As much of a document as its entry knows, of these fields; what is null is missing. */
  Document sketch(Object[] values, Set<String> wished) {
    Document document = new Document();
    if (wished.contains("_id")) document.put("_id", values[paths.length]);
    for (int i = 0; i < paths.length; i++) {
      if (values[i] == null || !wished.contains(fields[i])) continue;
      Document holder = document;
      for (int part = 0; part < paths[i].length - 1; part++)
        holder = (Document) holder.computeIfAbsent(paths[i][part], name -> new Document());
      holder.put(paths[i][paths[i].length - 1], values[i]);
    }
    return document;
  }

  static int compareValues(Object a, Object b) {
    if (a instanceof String s && b instanceof String t) return s.compareTo(t);
    return ValueComparator.asc().compare(a, b);
  }

  private int compare(Entry a, Entry b) {
    int shared = Math.min(a.values.length, b.values.length);
    for (int i = 0; i < shared; i++) {
      int order = compareValues(a.values[i], b.values[i]);
      if (order != 0) return i < isUp.length && !isUp[i] ? -order : order;
    }
    if (a.values.length > shared) return -b.edge;
    return b.values.length > shared ? a.edge : Integer.compare(a.edge, b.edge);
  }

  /** Values that equality and order of this index mean the same for as a query does. */
  static boolean isPlain(Object value) {
    return value == null
        || value instanceof String
        || value instanceof Instant
        || value instanceof Boolean
        || value instanceof ObjectId
        || value instanceof Integer
        || value instanceof Long
        || (value instanceof Double number && !number.isNaN())
        || value instanceof BinData
        || value instanceof UUID;
  }

  private Object[] valuesOf(Document document) {
    Object[] values = new Object[paths.length + 1];
    for (int i = 0; i < paths.length; i++) values[i] = valueAt(document, paths[i], 0);
    values[paths.length] = positionOf(document);
    return values;
  }

  private static boolean hasList(Object[] values) {
    for (Object value : values) if (value instanceof Collection) return true;
    return false;
  }

  /** Null: it has a value without a place in the order. */
  private List<Entry> entriesOf(Document document) {
    Object[] values = valuesOf(document);
    if (!hasList(values)) return isAllPlain(values) ? List.of(new Entry(values, 0)) : null;
    List<Entry> all = new ArrayList<>();
    unfold(values, 0, all);
    return all.stream().allMatch(entry -> isAllPlain(entry.values)) ? all : null;
  }

  private static Object valueAt(Object value, String[] path, int from) {
    for (int i = from; i < path.length; i++) {
      if (value instanceof Collection<?> items) {
        List<Object> found = new ArrayList<>();
        for (Object item : items) {
          Object below = valueAt(item, path, i);
          if (below instanceof Collection<?> more) found.addAll(more);
          else found.add(below);
        }
        return found;
      }
      value = value instanceof Document document ? document.get(path[i]) : null;
    }
    return value instanceof Missing ? null : value;
  }

  private static void unfold(Object[] values, int from, List<Entry> into) {
    for (int i = from; i < values.length; i++) {
      if (!(values[i] instanceof Collection<?> items)) continue;
      for (Object item : items.isEmpty() ? Arrays.asList((Object) null) : items) {
        Object[] copy = values.clone();
        copy[i] = item;
        unfold(copy, i + 1, into);
      }
      return;
    }
    into.add(new Entry(values, 0));
  }

  private static boolean isAllPlain(Object[] values) {
    for (Object value : values) if (!isPlain(value) && !(value instanceof Missing)) return false;
    return true;
  }

  private static Object positionOf(Document document) {
    return Missing.ofNullable(document.get("_id"));
  }

  /** @param self the document whose keys they are, when it is there already */
  private void demandFree(List<Entry> wished, Object self, MongoCollection<Object> collection) {
    if (!isUnique) return;
    if (wished == null) throw new MongoServerException("the stand-in has no unique index over lists, objects and the like");
    for (Entry entry : wished) {
      Object[] key = Arrays.copyOf(entry.values, paths.length);
      for (Entry other : entries.subSet(new Entry(key, -1), true, new Entry(key, 1), true)) {
        if (!other.position().equals(self))
          throw new DuplicateKeyError(this, collection, getKeys(), new KeyValue(key));
      }
    }
  }

  @Override public void checkAdd(Document document, MongoCollection<Object> collection) {
    if (isUnique) demandFree(entriesOf(document), null, collection);
  }

  @Override public void add(Document document, Object position, MongoCollection<Object> collection) {
    List<Entry> added = entriesOf(document);
    // documents that were there when the index is made have not been checked against each other
    demandFree(added, positionOf(document), collection);
    if (added == null) apart.add(positionOf(document));
    else entries.addAll(added);
    if (hasList(valuesOf(document))) lists += 1;
  }

  @Override public Object remove(Document document) {
    List<Entry> removed = entriesOf(document);
    if (removed == null) apart.remove(positionOf(document));
    else removed.forEach(entries::remove);
    if (hasList(valuesOf(document))) lists -= 1;
    return positionOf(document);
  }

  @Override public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
    if (isUnique) demandFree(entriesOf(after), positionOf(after), collection);
  }

  @Override public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection) {
    // most changes leave most indexes as they are
    if (Arrays.equals(valuesOf(before), valuesOf(after))) return;
    remove(before);
    add(after, position, collection);
  }

  /** The library asks all indexes where a document is; one answer is enough. */
  @Override public Object getPosition(Document document) {
    return fields[0].equals("_id") ? positionOf(document) : null;
  }

  @Override public boolean isUnique() {
    return isUnique;
  }

  @Override public boolean isEmpty() {
    return !isPending && getCount() == 0;
  }

  @Override public long getCount() {
    return entries.size() + apart.size();
  }

  @Override public long getDataSize() {
    return getCount();
  }

  @Override public void drop() {
    entries.clear();
    apart.clear();
  }

  /** Never by the library: {@link Plan} does it. */
  @Override public boolean canHandle(Document query) {
    return false;
  }

  @Override public Iterable<Object> getPositions(Document query) {
    throw new UnsupportedOperationException();
  }
}
