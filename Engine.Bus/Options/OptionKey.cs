using Engine.Primitives;

namespace Engine.Bus.Options;

/// <summary>When a changed option takes effect on a running bus.</summary>
internal enum OptionChange
{
    /// <summary>When it is changed.</summary>
    AtOnce,

    /// <summary>When the bus is made anew.</summary>
    Restart,
}

/// <summary>One option: where it stands, how it reads, what is allowed. Immutable.</summary>
/// <typeparam name="TOptions">The options it is one of.</typeparam>
internal abstract class OptionKey<TOptions>(string path, OptionChange change)
{
    /// <summary>The path below the bus's section, as <c>Batch:Size</c>.</summary>
    public string Path { get; } = path;

    /// <summary>When a change takes effect.</summary>
    public OptionChange Change { get; } = change;

    /// <summary>The kind of its value.</summary>
    public abstract string Form { get; }

    /// <summary>What an error says of a value that is none of the kind.</summary>
    public abstract string Expected { get; }

    /// <summary>The values that are allowed; empty where the form says all.</summary>
    public abstract string Range { get; }

    /// <summary>Whether its value is a list of texts.</summary>
    public abstract bool IsList { get; }

    public abstract object? ValueOf(TOptions options);

    public abstract string Format(TOptions options);

    public abstract bool IsInRange(TOptions options);

    public abstract bool IsEqual(TOptions left, TOptions right);

    /// <summary>Sets the option from text. False, and nothing changed, if the text is not of the form.</summary>
    public abstract bool TrySet(TOptions options, string text);
}

/// <summary>An option of one type.</summary>
internal sealed class OptionKey<TOptions, T>(
    string path, OptionForm<T> form, OptionRange<T> range, OptionChange change, Func<TOptions, T> get, Action<TOptions, T> set)
    : OptionKey<TOptions>(path, change)
{
    public override string Form => form.Name;

    public override string Expected => form.Expected;

    public override string Range => range.Text;

    public override bool IsList => form.IsList;

    public override object? ValueOf(TOptions options) => get(options);

    public override string Format(TOptions options) => form.Format(get(options));

    public override bool IsInRange(TOptions options) => range.Contains(get(options));

    public override bool IsEqual(TOptions left, TOptions right) =>
        EqualityComparer<T>.Default.Equals(get(left), get(right));

    public override bool TrySet(TOptions options, string text)
    {
        if (!form.TryParse(text, out T value))
            return false;
        set(options, value);
        return true;
    }
}
