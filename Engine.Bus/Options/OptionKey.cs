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
internal abstract class OptionKey(string path, OptionChange change)
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

    public abstract object? ValueOf(EventBusOptions options);

    public abstract string Format(EventBusOptions options);

    public abstract bool IsInRange(EventBusOptions options);

    public abstract bool IsEqual(EventBusOptions left, EventBusOptions right);

    /// <summary>Sets the option from text. False, and nothing changed, if the text is not of the form.</summary>
    public abstract bool TrySet(EventBusOptions options, string text);
}

/// <summary>An option of one type.</summary>
internal sealed class OptionKey<T>(
    string path, OptionForm<T> form, OptionRange<T> range, OptionChange change, Func<EventBusOptions, T> get,
        Action<EventBusOptions, T> set)
    : OptionKey(path, change)
{
    public override string Form => form.Name;

    public override string Expected => form.Expected;

    public override string Range => range.Text;

    public override object? ValueOf(EventBusOptions options) => get(options);

    public override string Format(EventBusOptions options) => form.Format(get(options));

    public override bool IsInRange(EventBusOptions options) => range.Contains(get(options));

    public override bool IsEqual(EventBusOptions left, EventBusOptions right) =>
        EqualityComparer<T>.Default.Equals(get(left), get(right));

    public override bool TrySet(EventBusOptions options, string text)
    {
        if (!form.TryParse(text, out T value))
            return false;
        set(options, value);
        return true;
    }
}

/// <summary>The values an option may have.</summary>
/// <param name="Text">The range in words, without "must be".</param>
/// <param name="Contains">Whether a value is in it.</param>
internal sealed record OptionRange<T>(string Text, Func<T, bool> Contains)
{
    /// <summary>Checks a value that code gives.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in the range; the message has name and rule.</exception>
    public void Check(T value, string name)
    {
        if (!Contains(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {Text}.");
    }
}
