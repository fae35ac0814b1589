using System.Data.Common;
using System.Reflection;
using System.Text.Json;
using FleetChat.Tests.AzureApi;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class TaskFailureTests
{
    [Fact]
    public void A_failure_tells_type_message_stack_and_every_cause()
    {
        var failure = TaskFailureDetails.FromException(Thrown(new InvalidOperationException("outer", new FormatException("inner", new OwnException("first")))));

        Assert.Equal("System.InvalidOperationException: outer", failure.ToString());
        Assert.Contains(nameof(Thrown), failure.StackTrace, StringComparison.Ordinal);
        Assert.Equal("System.FormatException", failure.InnerFailure!.ErrorType);
        Assert.Equal(typeof(OwnException).FullName, failure.InnerFailure.InnerFailure!.ErrorType);
        Assert.Null(failure.InnerFailure.InnerFailure.InnerFailure);
        Assert.Null(failure.Properties);
    }

    [Fact]
    public void Every_exception_of_the_chain_is_asked_for_its_properties()
    {
        var failure = TaskFailureDetails.FromException(new OwnException("outer", new OwnException("inner")), new MessageLengths());

        Assert.Equal(5, failure.Properties!["length"]);
        Assert.Equal(5, failure.InnerFailure!.Properties!["length"]);
    }

    [Fact]
    public void A_failed_task_that_nobody_caught_has_the_tasks_failure_as_its_cause()
    {
        var cause = new TaskFailureDetails("System.TimeoutException", "slow", null, null, null);

        var failure = TaskFailureDetails.FromException(new TaskFailedException("Send", 3, cause));

        Assert.Equal("Microsoft.DurableTask.TaskFailedException", failure.ErrorType);
        Assert.Equal("Task 'Send' (#3) failed with an unhandled exception: slow", failure.ErrorMessage);
        Assert.Same(cause, failure.InnerFailure);
    }

    [Fact]
    public void A_failed_task_tells_its_name_its_number_and_what_happened()
    {
        var failed = new TaskFailedException("Send", 3, new OwnException("no such number"));

        Assert.Equal("Task 'Send' (#3) failed with an unhandled exception: no such number", failed.Message);
        Assert.Equal(("Send", 3), (failed.TaskName, failed.TaskId));
        Assert.Equal(typeof(OwnException).FullName, failed.FailureDetails.ErrorType);
        Assert.IsType<OwnException>(failed.InnerException);
    }

    [Theory]
    [InlineData("System.TimeoutException", typeof(TimeoutException))]
    [InlineData("System.TimeoutException", typeof(SystemException))]
    [InlineData("Npgsql.PostgresException", typeof(DbException))]
    [InlineData("FleetChat.Tests.LocalRuntime.DurableApi.TaskFailureTests+OwnException", typeof(OwnException))]
    [InlineData("FleetChat.Tests.LocalRuntime.DurableApi.TaskFailureTests+OwnException", typeof(ApplicationException))]
    public void A_failure_is_caused_by_its_type_and_that_types_bases(string type, Type asked) => Assert.True(Failure(type).IsCausedBy(asked));

    [Theory]
    [InlineData("System.TimeoutException", typeof(FormatException))]
    [InlineData("System.SystemException", typeof(TimeoutException))]
    [InlineData("No.Such.Exception", typeof(Exception))]
    [InlineData("", typeof(Exception))]
    [InlineData("System.String", typeof(Exception))]
    public void A_failure_of_another_or_an_unknown_type_is_not(string type, Type asked) => Assert.False(Failure(type).IsCausedBy(asked));

    [Fact]
    public void Only_exceptions_can_be_asked_for()
        => Assert.Equal("targetBaseExceptionType", Assert.Throws<ArgumentException>(() => Failure("System.String").IsCausedBy(typeof(string))).ParamName);

    [Fact]
    public void Two_types_of_the_name_are_one_too_many()
    {
        const string Source = "namespace Doubled { public sealed class FailureException : System.Exception; }";
        using var one = new SmallAssembly(Source);
        using var other = new SmallAssembly(Source);

        Assert.Throws<AmbiguousMatchException>(() => Failure("Doubled.FailureException").IsCausedBy<Exception>());
    }

    [Fact]
    public void The_old_question_knows_no_base_types()
    {
        var failed = new TaskFailedException("Send", 3, new TimeoutException());

#pragma warning disable CS0618 // obsolete, and still answered
        Assert.True(failed.IsCausedByException<TimeoutException>());
        Assert.False(failed.IsCausedByException<SystemException>());
#pragma warning restore CS0618
    }

    [Fact]
    public void Having_been_asked_leaves_a_failure_equal_to_its_copy()
    {
        var failure = Failure("System.TimeoutException");
        var copy = failure with { };

        Assert.True(failure.IsCausedBy<TimeoutException>());
        Assert.Equal(copy, failure);
    }

    [Fact]
    public void A_failure_goes_through_JSON()
    {
        var failure = TaskFailureDetails.FromException(Thrown(new OwnException("outer", new FormatException("inner"))), new MessageLengths());

        var read = JsonSerializer.Deserialize<TaskFailureDetails>(JsonSerializer.Serialize(failure))!;

        Assert.Equal(failure.ErrorType, read.ErrorType);
        Assert.Equal(failure.StackTrace, read.StackTrace);
        Assert.Equal("System.FormatException: inner", read.InnerFailure!.ToString());
        Assert.Equal("5", read.Properties!["length"]!.ToString());
    }

    private static TaskFailureDetails Failure(string type) => new(type, "message", null, null, null);

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception thrown)
        {
            return thrown;
        }
    }

    public sealed class OwnException(string message, Exception? inner = null) : ApplicationException(message, inner);

    private sealed class MessageLengths : IExceptionPropertiesProvider
    {
        public IDictionary<string, object?>? GetExceptionProperties(Exception exception)
            => new Dictionary<string, object?> { ["length"] = exception.Message.Length };
    }
}
