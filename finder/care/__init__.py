"""What care there is: specialties and services, words of alarm, the numbers to call."""
