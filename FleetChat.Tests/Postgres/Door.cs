using System.ComponentModel;
using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace FleetChat.Tests.Postgres;

/// <summary>The way to the database: straight, as on LocalHost, or through PgBouncer, as in production.</summary>
public enum Door
{
    Direct,
    PgBouncer,
}

/// <summary>
/// Says which way a test class takes. Write the tests once, as <see cref="DoorFactAttribute"/>, in an abstract class that takes
/// a <see cref="Door"/>, and give it two sealed subclasses, one a door.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ThroughAttribute(Door door) : Attribute
{
    public Door Door { get; } = door;
}

/// <summary>A fact that is skipped, with the reason, in a class <see cref="ThroughAttribute"/> PgBouncer on a machine that has none.</summary>
[XunitTestCaseDiscoverer("FleetChat.Tests.Postgres.DoorFactDiscoverer", "FleetChat.Tests")]
public sealed class DoorFactAttribute : FactAttribute;

/// <inheritdoc cref="DoorFactAttribute"/>
public sealed class PgBouncerFactAttribute : FactAttribute
{
    public PgBouncerFactAttribute() => Skip = PgBouncer.MissingReason!;
}

public sealed class DoorFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
        => new DoorTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}

public sealed class DoorTestCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("xunit reads a discovered case back by this one")]
    public DoorTestCase()
    {
    }

    public DoorTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod method)
        : base(diagnostics, display, displayOptions, method)
    {
    }

    protected override string GetSkipReason(IAttributeInfo factAttribute)
        => TestMethod.TestClass.Class.ToRuntimeType().GetCustomAttribute<ThroughAttribute>()?.Door == Door.PgBouncer && PgBouncer.MissingReason is { } missing
            ? missing
            : base.GetSkipReason(factAttribute);
}
