using Engine.Events;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>
/// Random filters against plain booleans: what passes, which filters are asked and in which order, and that verdicts for a
/// batch agree.
/// </summary>
public class FilterProperties
{
    private const int LeafCount = 4;

    private enum Kind
    {
        Leaf,
        Not,
        And,
        Or,
        All,
        Any,
    }

    private enum Answer
    {
        False,
        True,
        BatchFalse,
        BatchTrue,
        Throws,
    }

    [Test]
    public void A_filter_is_the_boolean_expression_it_was_built_from() => Check((tree, answers) =>
    {
        var asked = new List<int>();
        EventFilter<Number> filter = Build(tree, answers, asked);
        return Same(tree, answers, asked, () => filter.Matches(new Number(1), default))
            && BatchAgrees(tree, answers, filter.EvaluateBatch(default));
    });

    [Test]
    public void A_filter_of_any_type_is_the_boolean_expression_it_was_built_from() => Check((tree, answers) =>
    {
        var asked = new List<int>();
        AnyEventFilter filter = BuildAny(tree, answers, asked);
        return Same(tree, answers, asked, () => filter.Matches(new OrderCreated(1), default))
            && BatchAgrees(tree, answers, filter.EvaluateBatch(default));
    });

    [Test]
    public void A_filter_of_any_type_is_the_same_when_bound_to_one() => Check((tree, answers) =>
    {
        var asked = new List<int>();
        EventFilter<OrderCreated> filter = BuildAny(tree, answers, asked).For<OrderCreated>();
        return Same(tree, answers, asked, () => filter.Matches(new OrderCreated(1), default))
            && BatchAgrees(tree, answers, filter.EvaluateBatch(default));
    });

    private static void Check(Func<Node, Answer[], bool> holds)
    {
        Gen<(Node, Answer[])> input =
            from tree in Trees(4)
            from answers in Gen.Elements(Enum.GetValues<Answer>()).ArrayOf(LeafCount)
            select (tree, answers);
        Prop.ForAll(input.ToArbitrary(), pair => holds(pair.Item1, pair.Item2))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5000).WithQuietOnSuccess(true));
    }

    private static Gen<Node> Trees(int depth)
    {
        Gen<Node> leaf = Gen.Choose(0, LeafCount - 1).Select(static i => new Node(Kind.Leaf, i, []));
        if (depth == 0)
            return leaf;
        Gen<Node> inner =
            from kind in Gen.Elements(Kind.Not, Kind.And, Kind.Or, Kind.All, Kind.Any)
            from count in kind == Kind.Not ? Gen.Constant(1) : kind is Kind.And or Kind.Or ? Gen.Constant(2) : Gen.Choose(1, 4)
            from children in Trees(depth - 1).ArrayOf(count)
            select new Node(kind, 0, children);
        return Gen.OneOf(leaf, inner);
    }

    private static bool Same(Node tree, Answer[] answers, List<int> asked, Func<bool> matches)
    {
        var expectedlyAsked = new List<int>();
        (bool? expected, bool? actual) = (Try(() => Evaluate(tree, answers, expectedlyAsked)), Try(matches));
        return expected == actual && asked.SequenceEqual(expectedlyAsked);
    }

    private static bool? Try(Func<bool> evaluate)
    {
        try
        {
            return evaluate();
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The model.</summary>
    private static bool Evaluate(Node node, Answer[] answers, List<int> asked)
    {
        switch (node.Kind)
        {
            case Kind.Leaf:
                asked.Add(node.Leaf);
                return answers[node.Leaf] == Answer.Throws
                    ? throw new FormatException("no")
                    : answers[node.Leaf] is Answer.True or Answer.BatchTrue;
            case Kind.Not:
                return !Evaluate(node.Children[0], answers, asked);
            case Kind.And or Kind.All:
                return node.Children.All(child => Evaluate(child, answers, asked));
            default:
                return node.Children.Any(child => Evaluate(child, answers, asked));
        }
    }

    /// <summary>
    /// A verdict for the batch has to be that of every choice of answers for the filters that look at the event. It must
    /// be there if all filters give one.
    /// </summary>
    private static bool BatchAgrees(Node tree, Answer[] answers, FilterVerdict verdict)
    {
        bool isDecided = answers.All(static answer => answer is Answer.BatchFalse or Answer.BatchTrue);
        if (verdict == FilterVerdict.PerEvent)
            return !isDecided;
        for (int choice = 0; choice < 1 << LeafCount; choice++)
        {
            Answer[] chosen = [.. answers.Select((answer, i) => answer is Answer.BatchFalse or Answer.BatchTrue
                ? answer
                : (choice >> i & 1) == 0 ? Answer.False : Answer.True)];
            if (Evaluate(tree, chosen, []) != (verdict == FilterVerdict.All))
                return false;
        }

        return true;
    }

    private static EventFilter<Number> Build(Node node, Answer[] answers, List<int> asked)
    {
        EventFilter<Number>[] children = [.. node.Children.Select(child => Build(child, answers, asked))];
        return node.Kind switch
        {
            Kind.Leaf => new Leaf(node.Leaf, answers[node.Leaf], asked),
            Kind.Not => children[0].Not(),
            Kind.And => children[0].And(children[1]),
            Kind.Or => children[0].Or(children[1]),
            Kind.All => EventFilter.All(children),
            _ => EventFilter.Any(children),
        };
    }

    private static AnyEventFilter BuildAny(Node node, Answer[] answers, List<int> asked)
    {
        AnyEventFilter[] children = [.. node.Children.Select(child => BuildAny(child, answers, asked))];
        return node.Kind switch
        {
            Kind.Leaf => new AnyLeaf(node.Leaf, answers[node.Leaf], asked),
            Kind.Not => children[0].Not(),
            Kind.And => children[0].And(children[1]),
            Kind.Or => children[0].Or(children[1]),
            Kind.All => AnyEventFilter.All(children),
            _ => AnyEventFilter.Any(children),
        };
    }

    private static FilterVerdict VerdictOf(Answer answer) => answer switch
    {
        Answer.BatchFalse => FilterVerdict.None,
        Answer.BatchTrue => FilterVerdict.All,
        _ => FilterVerdict.PerEvent,
    };

    private static bool Ask(int number, Answer answer, List<int> asked)
    {
        asked.Add(number);
        return answer == Answer.Throws ? throw new FormatException("no") : answer is Answer.True or Answer.BatchTrue;
    }

    private sealed record Node(Kind Kind, int Leaf, Node[] Children);

    private sealed class Leaf(int number, Answer answer, List<int> asked) : EventFilter<Number>
    {
        public override FilterVerdict EvaluateBatch(in Envelope envelope) => VerdictOf(answer);

        public override bool Matches(in Number @event, in Envelope envelope) => Ask(number, answer, asked);
    }

    private sealed class AnyLeaf(int number, Answer answer, List<int> asked) : AnyEventFilter
    {
        public override FilterVerdict EvaluateBatch(in Envelope envelope) => VerdictOf(answer);

        public override bool Matches<T>(in T @event, in Envelope envelope) => Ask(number, answer, asked);
    }
}
