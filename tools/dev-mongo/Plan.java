import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Which stretches of which indexes hold every document that a query may match. Whether one does match is asked of each
 * afterwards: a stretch may be too long, but never too short.
 */
final class Plan {
  /** Documents that are quicker sorted than found in another index that is in order. */
  private static final int FEW = 200;
  private static final int MANY = 20_000;

  /** An entry that may match; of a document that stands beside its index, only where it is. */
  record Found(SortedIndex index, Object[] values, Object position) {}

  private final List<Stretch> stretches;
  /** The wished order, when the stretches are in it; else null, and what they hold is to be sorted. */
  private final Document order;

  /** What is to be asked of all that is found. */
  final Document rest;

  private Plan(List<Stretch> stretches, Document order, Document rest) {
    this.stretches = stretches;
    this.order = order;
    this.rest = rest;
  }

  boolean isInOrder() {
    return order != null;
  }

  /**
   * @param needed the fields that entries must have, when no document is to be read; else null
   * @return null: nothing is better than to read all documents
   */
  static Plan of(List<SortedIndex> indexes, Conditions query, Document order, boolean isLimited, Set<String> needed) {
    List<Stretch> narrow = new ArrayList<>();
    List<Stretch> inOrder = order == null ? null : new ArrayList<>();
    Document restOfNarrow = query.without(Set.of());
    Document restOfInOrder = restOfNarrow;
    int atLeast = 0;
    for (Map<String, List<Object>> branch : query.branches) {
      List<Way> ways = new ArrayList<>();
      Way ordered = null;
      for (SortedIndex index : indexes) {
        if (needed != null && !(index.isWhole() && index.has(needed))) continue;
        Way way = Way.along(index, query, branch, null);
        if (way.bounds() > 0 || needed != null) ways.add(way);
        if (inOrder == null || !index.isWhole()) continue;
        way = Way.along(index, query, branch, order);
        if (way != null && (ordered == null || way.tells(query) > ordered.tells(query))) ordered = way;
      }
      Way narrowest = narrowest(ways);
      if (narrowest == null) narrow = null;
      if (narrow != null) narrow.addAll(narrowest.stretches());
      if (narrow != null) atLeast += narrowest.size(FEW);
      if (ordered == null) inOrder = null;
      if (inOrder != null) inOrder.addAll(ordered.stretches());
      if (query.branches.size() > 1) continue;
      if (narrowest != null) restOfNarrow = query.without(narrowest.told(query));
      if (ordered != null) restOfInOrder = query.without(ordered.told(query));
    }
    if (inOrder != null && (narrow == null || (isLimited && atLeast >= FEW))) return new Plan(inOrder, order, restOfInOrder);
    return narrow == null ? null : new Plan(narrow, null, restOfNarrow);
  }

  /** They are counted side by side, each a stretch further, until one is at its end. */
  private static Way narrowest(List<Way> ways) {
    Comparator<Way> byBounds = Comparator.comparing(Way::bounds);
    if (ways.size() < 2) return ways.isEmpty() ? null : ways.get(0);
    for (int limit = FEW; limit <= MANY; limit *= 10) {
      Way shortest = null;
      int least = limit;
      for (Way way : ways) {
        int size = way.size(least + 1);
        if (size > least || (size == least && (shortest == null || byBounds.compare(way, shortest) <= 0))) continue;
        shortest = way;
        least = size;
      }
      if (shortest != null) return shortest;
    }
    return Collections.max(ways, byBounds);
  }

  /** What may match, each document once, and in the wished order where the plan has it. */
  Stream<Found> found() {
    List<Iterator<Found>> parts = new ArrayList<>();
    for (Stretch stretch : stretches) parts.add(stretch.found());
    if (stretches.size() == 1 && stretches.get(0).index.isWhole()) return streamOf(parts.get(0));
    stretches.stream().map(Stretch::index).distinct()
        .forEach(index -> parts.add(index.apart.stream().map(position -> new Found(null, null, position)).iterator()));
    Set<Object> seen = new HashSet<>();
    Stream<Found> all = isInOrder() ? streamOf(merged(parts)) : parts.stream().flatMap(Plan::streamOf);
    return all.filter(one -> seen.add(one.position));
  }

  private static Stream<Found> streamOf(Iterator<Found> found) {
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(found, 0), false);
  }

  /** The next of several sorted parts is the smallest of their first ones. */
  private Iterator<Found> merged(List<Iterator<Found>> parts) {
    record Head(Found first, int sorted, Iterator<Found> rest) {}
    int[] turns = order.values().stream().mapToInt(way -> Stretch.isUp(way) ? 1 : -1).toArray();
    Comparator<Head> byOrder = (a, b) -> {
      for (int i = 0; i < turns.length; i++) {
        int compared = SortedIndex.compareValues(a.first.values[a.sorted + i], b.first.values[b.sorted + i]);
        if (compared != 0) return compared * turns[i];
      }
      return 0;
    };
    PriorityQueue<Head> heads = new PriorityQueue<>(byOrder);
    for (int i = 0; i < stretches.size(); i++) {
      Iterator<Found> part = parts.get(i);
      if (part.hasNext()) heads.add(new Head(part.next(), stretches.get(i).sorted, part));
    }
    return new Iterator<>() {
      @Override public boolean hasNext() {
        return !heads.isEmpty();
      }

      @Override public Found next() {
        Head head = heads.remove();
        if (head.rest.hasNext()) heads.add(new Head(head.rest.next(), head.sorted, head.rest));
        return head.first;
      }
    };
  }

  /** @param sorted from which key on the entries are in the wished order */
  private record Stretch(SortedIndex index, SortedIndex.Entry from, SortedIndex.Entry to, int sorted, boolean isTurned) {
    Iterator<Found> found() {
      var entries = index.entries.subSet(from, true, to, true);
      var all = isTurned ? entries.descendingIterator() : entries.iterator();
      return new Iterator<>() {
        @Override public boolean hasNext() {
          return all.hasNext();
        }

        @Override public Found next() {
          var entry = all.next();
          return new Found(index, entry.values(), entry.position());
        }
      };
    }

    static boolean isUp(Object way) {
      return ((Number) way).intValue() > 0;
    }
  }

  /** How one index serves one branch of a query. */
  private record Way(SortedIndex index, List<Stretch> stretches, int bounds) {
    private static final int MOST_STRETCHES = 10_000;

    /** @return null: the index is not in the wished order */
    static Way along(SortedIndex index, Conditions query, Map<String, List<Object>> branch, Document order) {
      List<List<Object>> starts = List.of(List.of());
      int fixed = 0;
      for (; fixed < index.fields.length; fixed++) {
        List<Object> points = query.pointsOf(branch.get(index.fields[fixed]), index.hasLists());
        if (points == null || (long) starts.size() * points.size() > MOST_STRETCHES) break;
        List<List<Object>> longer = new ArrayList<>();
        for (List<Object> start : starts) for (Object point : points) longer.add(with(start, point));
        starts = longer;
      }
      int sorted = order == null ? 0 : sortedFrom(index, order, fixed);
      if (sorted < 0) return null;
      boolean isTurned = order != null && Stretch.isUp(order.values().iterator().next()) != index.isUp[sorted];
      Conditions.Bounds range =
          fixed == index.fields.length ? null : Conditions.boundsOf(branch.get(index.fields[fixed]), index.hasLists());
      List<Stretch> stretches = new ArrayList<>();
      for (List<Object> start : starts) stretches.add(stretch(index, start, range, sorted, isTurned));
      int bounds = fixed * 2 + (range == null ? 0 : 1);
      return new Way(index, stretches, bounds);
    }

    /** Bounds of one value, from below all others to above all others, and turned where the key goes down. */
    private static Stretch stretch(
        SortedIndex index, List<Object> start, Conditions.Bounds range, int sorted, boolean isTurned) {
      SortedIndex.Entry from = place(start, -1);
      SortedIndex.Entry to = place(start, 1);
      if (range != null) {
        boolean isUp = index.isUp[start.size()];
        // every comparison leaves out null, which comes first
        SortedIndex.Entry low = place(with(start, range.low()), (range.low() == null) == isUp ? 1 : -1);
        SortedIndex.Entry high = range.high() == null ? null : place(with(start, range.high()), isUp ? 1 : -1);
        if (isUp) from = low;
        else to = low;
        if (high != null && isUp) to = high;
        if (high != null && !isUp) from = high;
        // nothing is above the one and below the other
        if (index.entries.comparator().compare(from, to) > 0) to = from;
      }
      return new Stretch(index, from, to, sorted, isTurned);
    }

    /** How many documents it leaves, counted up to a limit. */
    int size(int limit) {
      int size = index.apart.size();
      for (Stretch stretch : stretches) {
        for (var found = stretch.found(); size < limit && found.hasNext(); found.next()) size += 1;
        if (size >= limit) break;
      }
      return size;
    }

    /** The key from which on an index is in an order, or in the opposite one, when all before it are fixed; -1: there is none. */
    private static int sortedFrom(SortedIndex index, Document order, int fixed) {
      List<String> wished = List.copyOf(order.keySet());
      for (int from = 0; from <= fixed && from + wished.size() <= index.fields.length; from++) {
        boolean isSame = true;
        boolean isTurned = Stretch.isUp(order.get(wished.get(0))) != index.isUp[from];
        for (int i = 0; i < wished.size() && isSame; i++) {
          boolean isUp = index.isUp[from + i] != isTurned;
          isSame = wished.get(i).equals(index.fields[from + i]) && Stretch.isUp(order.get(wished.get(i))) == isUp;
        }
        if (isSame) return from;
      }
      return -1;
    }

    /**
     * The fields that need not be asked for: every stretch has but one value of them, which was named, or their text is
     * searched in the entries.
     */
    Set<String> told(Conditions query) {
      if (!index.isWhole()) return Set.of();
      Set<String> told = new HashSet<>(List.of(index.fields).subList(0, bounds / 2));
      for (String field : index.fields) if (query.searches(field)) told.add(field);
      return told;
    }

    /** How much of a query it answers without a look at the documents. */
    int tells(Conditions query) {
      return bounds * 2 + (index.has(query.fields) ? 1 : 0);
    }

    private static List<Object> with(List<Object> values, Object value) {
      List<Object> longer = new ArrayList<>(values);
      longer.add(value);
      return longer;
    }

    private static SortedIndex.Entry place(List<Object> values, int edge) {
      return new SortedIndex.Entry(values.toArray(), edge);
    }
  }
}
