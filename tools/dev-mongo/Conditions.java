import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What a query says of which field, as far as an index can make use of it. */
final class Conditions {
  private static final int MOST_BRANCHES = 64;
  /** Those that say the same of a field that is missing and of one that is null. */
  private static final Set<String> ALIKE_FOR_NULL =
      Set.of("$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$regex", "$options");

  /** What must hold, one by one. */
  private final List<Document> parts = new ArrayList<>();
  /** Alternatives, each of them conditions of which all must hold. What is not understood is left out: the query still has it. */
  final List<Map<String, List<Object>>> branches;
  /** Every field that is looked at; null: it cannot be told, or a missing one is not the same as null. */
  final Set<String> fields;

  /** Texts that must have a match, by field. */
  private final Map<String, Pattern> patterns = new HashMap<>();
  private final Map<List<Object>, Optional<List<Object>>> points = new IdentityHashMap<>();

  Conditions(Document query) {
    split(query);
    branches = branchesOf(query);
    Set<String> found = new HashSet<>();
    fields = collect(query, found) ? found : null;
  }

  private void split(Document query) {
    for (Map.Entry<String, Object> part : query.entrySet()) {
      if (part.getKey().equals("$and")) {
        for (Object one : (Collection<?>) part.getValue()) split((Document) one);
      } else {
        parts.add(new Document(part.getKey(), part.getValue()));
        if (part.getValue() instanceof Document value && value.size() == 1 && value.get("$regex") instanceof String pattern)
          patterns.put(part.getKey(), Pattern.compile(pattern));
      }
    }
  }

  /** What is left to ask when these fields are as their conditions say, each of them the only one of its field. */
  Document without(Set<String> told) {
    List<Document> left = parts.stream().filter(part -> !told.containsAll(part.keySet()) || !isOnlyOne(part)).toList();
    return left.isEmpty() ? new Document() : new Document("$and", left);
  }

  private boolean isOnlyOne(Document part) {
    return branches.get(0).get(part.keySet().iterator().next()).size() == 1
        && !(part.values().iterator().next() instanceof Document value && value.size() > 1);
  }

  /** Whether {@link #excludes} looks at a field. */
  boolean searches(String field) {
    return patterns.containsKey(field);
  }

  /** Whether a search for a part of a text leaves out an entry; the library takes ten times as long, and would look at numbers, too. */
  boolean excludes(SortedIndex index, Object[] values) {
    for (int i = 0; i < index.fields.length; i++) {
      Pattern pattern = patterns.get(index.fields[i]);
      if (pattern != null && !(values[i] instanceof String text && pattern.matcher(text).find())) return true;
    }
    return false;
  }

  private static List<Map<String, List<Object>>> branchesOf(Document query) {
    List<Map<String, List<Object>>> all = List.of(Map.of());
    for (Map.Entry<String, Object> part : query.entrySet()) {
      String field = part.getKey();
      if (field.equals("$and")) {
        for (Object one : (Collection<?>) part.getValue()) all = both(all, branchesOf((Document) one));
      } else if (field.equals("$or")) {
        List<Map<String, List<Object>>> any = new ArrayList<>();
        for (Object one : (Collection<?>) part.getValue()) any.addAll(branchesOf((Document) one));
        all = both(all, any);
      } else if (!field.startsWith("$")) {
        all = both(all, List.of(Map.of(field, Collections.singletonList(part.getValue()))));
      }
    }
    return all;
  }

  private static List<Map<String, List<Object>>> both(
      List<Map<String, List<Object>>> these, List<Map<String, List<Object>>> those) {
    if (those.isEmpty() || these.size() * those.size() > MOST_BRANCHES) return these;
    List<Map<String, List<Object>>> all = new ArrayList<>();
    for (var one : these) {
      for (var other : those) {
        Map<String, List<Object>> merged = new LinkedHashMap<>(one);
        other.forEach((field, values) -> {
          List<Object> more = new ArrayList<>(one.getOrDefault(field, List.of()));
          more.addAll(values);
          merged.put(field, more);
        });
        all.add(merged);
      }
    }
    return all;
  }

  private static boolean collect(Document query, Set<String> fields) {
    for (Map.Entry<String, Object> part : query.entrySet()) {
      if (part.getKey().equals("$and") || part.getKey().equals("$or")) {
        for (Object one : (Collection<?>) part.getValue()) if (!collect((Document) one, fields)) return false;
      } else if (part.getKey().startsWith("$")) {
        return false;
      } else {
        if (part.getValue() instanceof Document value && !isAlikeForNull(value)) return false;
        fields.add(part.getKey());
      }
    }
    return true;
  }

  private static boolean isAlikeForNull(Document operators) {
    // of the types, only null tells them apart, which nobody asks for by its name
    return operators.entrySet().stream()
        .allMatch(one -> ALIKE_FOR_NULL.contains(one.getKey()) || (one.getKey().equals("$type") && "string".equals(one.getValue())));
  }

  /**
   * The values of which a field must have one.
   *
   * @return null: no condition names them, or an index over lists cannot tell null from an empty one
   */
  List<Object> pointsOf(List<Object> conditions, boolean hasLists) {
    if (conditions == null) return null;
    return points.computeIfAbsent(conditions, all -> Optional.ofNullable(named(all)))
        .filter(all -> !hasLists || all.stream().noneMatch(Objects::isNull))
        .orElse(null);
  }

  private static List<Object> named(List<Object> conditions) {
    for (Object condition : conditions) {
      Collection<?> named = Collections.singletonList(condition);
      if (condition instanceof Document operators) {
        if (operators.get("$in") instanceof Collection<?> any) named = any;
        else if (operators.containsKey("$eq")) named = Collections.singletonList(operators.get("$eq"));
      }
      if (!named.stream().allMatch(SortedIndex::isPlain)) continue;
      Set<Object> once = new TreeSet<>(SortedIndex::compareValues);
      once.addAll(named);
      return new ArrayList<>(once);
    }
    return null;
  }

  /** Both are included, and null is not; null: there is no such bound. */
  record Bounds(Object low, Object high) {}

  /** Between which values a field must be; null: no condition says so. */
  static Bounds boundsOf(List<Object> conditions, boolean hasLists) {
    if (conditions == null) return null;
    for (Object condition : conditions) {
      if (!(condition instanceof Document operators)) continue;
      Object low = operators.containsKey("$gt") ? operators.get("$gt") : operators.get("$gte");
      Object high = operators.containsKey("$lt") ? operators.get("$lt") : operators.get("$lte");
      if ((low == null && high == null) || !SortedIndex.isPlain(low) || !SortedIndex.isPlain(high)) continue;
      // of a list, one item may be above the low and another one below the high
      return new Bounds(low, hasLists && low != null ? null : high);
    }
    return null;
  }
}
