namespace FleetChat.Tests.AzureApi;

/// <summary>The checker on small assemblies: each way of leaving the real API is found, and found as what it is.</summary>
public sealed class ParityCheckerTests
{
    private static readonly ApiFile List = new("Small.txt", """
        namespace Microsoft.Small
        {
            [System.AttributeUsage(System.AttributeTargets.Parameter, AllowMultiple=false)]
            public sealed class BoundAttribute : System.Attribute
            {
                public BoundAttribute() { }
            }
            public abstract class Client : System.IDisposable
            {
                public const int PageSize = 100;
                protected Client(string name) { }
                public string Name { get; }
                public abstract void Dispose();
                public abstract System.Threading.Tasks.Task<string?> FindAsync(string id, bool deep = false);
                public virtual System.Threading.Tasks.Task<string?> FindAsync(string id, System.Threading.CancellationToken cancellation) { }
                public virtual System.Collections.Generic.IList<DurableTask.Core.History.HistoryEvent> List() { }
                public virtual string List(int count) { }
            }
            public static class ClientExtensions
            {
                public static void Raise<T>(this Microsoft.Small.Client client, T payload)
                    where T :  notnull { }
            }
            public static class MoreClientExtensions
            {
                public static System.Threading.Tasks.Task<string?> FindAsync(this Microsoft.Small.Client client, System.Guid id) { }
            }
            public enum Direction
            {
                In = 0,
                Out = 1,
            }
        }
        """);

    private const string Faithful = """
        using System;
        using System.Threading;
        using System.Threading.Tasks;

        namespace Microsoft.Small
        {
            [AttributeUsage(AttributeTargets.Parameter)]
            public sealed class BoundAttribute : Attribute;

            public abstract class Client : IDisposable
            {
                public const int PageSize = 100;
                protected Client(string name) => Name = name;
                public string Name { get; }
                public abstract void Dispose();
                public abstract Task<string?> FindAsync(string id, bool deep = false);
                public virtual Task<string?> FindAsync(string id, CancellationToken cancellation) => FindAsync(id);
                public virtual string List(int count) => Name;
                internal void Ours() { }
            }

            public static class ClientExtensions
            {
                public static void Raise<T>(this Client client, T payload) where T : notnull { }
            }

            public static class MoreClientExtensions
            {
                public static Task<string?> FindAsync(this Client client, Guid id) => client.FindAsync(id.ToString());
            }

            public enum Direction { In, Out }
        }

        namespace FleetChat.Own
        {
            public static class Anything
            {
                public static void Goes() { }
            }
        }
        """;

    [Fact]
    public void The_same_api_is_found_the_same() => Assert.Empty(Compare(Faithful));

    [Fact]
    public void A_type_that_is_left_out_is_no_finding()
        => Assert.Empty(Compare(Without("public enum Direction { In, Out }")));

    [Fact]
    public void An_invented_member_is_found()
        => AssertOnly(Difference.Invented, "Microsoft.Small.Client.Address", With("public string Name { get; }", "public string Name { get; } public string? Address { get; set; }"));

    [Fact]
    public void An_invented_overload_is_found()
        => AssertOnly(Difference.Invented, "Microsoft.Small.Client.List`0(int, int)", With("internal void Ours() { }", "public string List(int from, int to) => Name;"));

    [Fact]
    public void An_invented_type_is_found()
        => AssertOnly(Difference.Invented, "Microsoft.Small.Extra", With("public enum Direction", "public sealed class Extra; public enum Direction"));

    [Fact]
    public void A_type_that_is_known_to_be_real_beside_the_lists_is_no_finding()
        => Assert.Empty(Compare(With(
            "namespace FleetChat.Own",
            "namespace DurableTask.Core.Exceptions { public class OrchestrationAlreadyExistsException : Exception { } } namespace FleetChat.Own")));

    [Fact]
    public void A_missing_overload_is_found()
        => AssertOnly(
            Difference.MissingOverload,
            "Microsoft.Small.Client.FindAsync`0(string, System.Threading.CancellationToken)",
            Without("public virtual Task<string?> FindAsync(string id, CancellationToken cancellation) => FindAsync(id);"));

    [Fact]
    public void A_missing_overload_that_another_class_gives_as_an_extension_is_found()
        => AssertOnly(
            Difference.MissingOverload,
            "Microsoft.Small.MoreClientExtensions.FindAsync`0(Microsoft.Small.Client, System.Guid)",
            Without("public static Task<string?> FindAsync(this Client client, Guid id) => client.FindAsync(id.ToString());"));

    [Fact]
    public void Another_default_value_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client.FindAsync`0(string, bool)", With("bool deep = false", "bool deep = true"));

    [Fact]
    public void A_missing_default_value_is_found()
        => AssertOnly(
            Difference.Changed,
            "Microsoft.Small.Client.FindAsync`0(string, bool)",
            With("bool deep = false", "bool deep").Replace("=> FindAsync(id)", "=> FindAsync(id, true)", StringComparison.Ordinal)
                .Replace("client.FindAsync(id.ToString())", "client.FindAsync(id.ToString(), true)", StringComparison.Ordinal));

    [Fact]
    public void Another_nullability_of_a_result_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client.FindAsync`0(string, bool)", With("abstract Task<string?>", "abstract Task<string>"));

    [Fact]
    public void Another_nullability_of_a_parameter_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client..ctor`0(string)", With("Client(string name) => Name = name", "Client(string? name) => Name = name!"));

    [Fact]
    public void Another_constraint_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.ClientExtensions.Raise`1(Microsoft.Small.Client, T)", With("where T : notnull", "where T : class"));

    [Fact]
    public void Another_modifier_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client.List`0(int)", With("public virtual string List", "public string List"));

    [Fact]
    public void Another_constant_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client.PageSize", With("PageSize = 100", "PageSize = 50"));

    [Fact]
    public void Another_enum_value_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Direction.Out", With("{ In, Out }", "{ In, Out = 2 }"));

    [Fact]
    public void A_missing_enum_value_is_found()
        => AssertOnly(Difference.MissingAbstract, "Microsoft.Small.Direction.Out", With("{ In, Out }", "{ In }"));

    [Fact]
    public void Another_attribute_usage_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.BoundAttribute", With("AttributeTargets.Parameter", "AttributeTargets.All"));

    [Fact]
    public void An_obsolete_mark_that_the_list_lacks_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client.Name", With("public string Name", "[Obsolete] public string Name"));

    [Fact]
    public void Another_base_or_interface_is_found()
        => AssertOnly(Difference.Changed, "Microsoft.Small.Client", With("abstract class Client : IDisposable", "abstract class Client"));

    [Fact]
    public void A_missing_abstract_member_is_found()
        => AssertOnly(Difference.MissingAbstract, "Microsoft.Small.Client.Dispose`0()", With("public abstract void Dispose();", "void IDisposable.Dispose() { }"));

    [Fact]
    public void A_member_that_names_a_DurableTask_Core_type_is_not_asked_for()
    {
        var leftOut = Assert.Single(ParityChecker.MembersLeftOut(PublicApi.Parse([List])));
        Assert.Equal("List`0()", leftOut.Shape);
    }

    private static IReadOnlyList<Finding> Compare(string source)
    {
        using var small = new SmallAssembly(source);
        return ParityChecker.Compare(small.Assembly, [List]);
    }

    private static void AssertOnly(Difference difference, string where, string source)
    {
        var finding = Assert.Single(Compare(source));
        Assert.Equal((difference, where), (finding.Difference, finding.Where));
    }

    private static string Without(string part) => With(part, "");

    private static string With(string part, string other)
    {
        Assert.Contains(part, Faithful, StringComparison.Ordinal);
        return Faithful.Replace(part, other, StringComparison.Ordinal);
    }
}
